"""Problems in TPTP, read into premises and a conjecture."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import DataError, ParseError, UsageError
from abduce.parser.tptp import TptpProblem, read_tptp
from abduce.solvers.base import Limits, Model, Status
from abduce.solvers.evaluation import evaluate
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    TRUE,
    Apply,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    constant,
    exists,
    forall,
    implies,
    negation,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session

X, Y = Variable("X"), Variable("Y")
P, Q, R = (Symbol(name, (THING,), BOOL) for name in "pqr")
A, B = constant("a"), constant("b")


def formula(text: str, language: str = "fof", types: str = "") -> Term:
    """Read one formula."""
    problem = read_tptp(f"{types} {language}(it, axiom, {text}).")
    assert problem.delegated is None, problem.delegated
    return problem.premises[0].formula


def decide(problem: TptpProblem) -> Status:
    """Decide whether the premises and the negation of the conjecture have a model."""
    assert problem.delegated is None, problem.delegated
    with Z3Session() as session:
        for premise in problem.premises:
            session.add(premise.formula)
        if problem.conjecture is not None:
            session.add(negation(problem.conjecture))
        return session.check(limits=Limits(5.0), want_model=False).status


def follows(conjecture: str, premises: str = "") -> bool:
    """Tell whether a typed formula follows."""
    return decide(read_tptp(f"{premises} tff(c, conjecture, {conjecture}).")) is Status.UNSAT


def propositions(*names: str) -> list[Apply]:
    return [constant(name, BOOL) for name in names]


def test_connectives() -> None:
    p, q = propositions("p", "q")
    assert formula("p & q & p") == operate(Op.AND, p, q, p)
    assert formula("p | q") == operate(Op.OR, p, q)
    assert formula("p => q") == implies(p, q)
    assert formula("p <= q") == implies(q, p)
    assert formula("p <=> q") == operate(Op.IFF, p, q)
    assert formula("p <~> q") == operate(Op.XOR, p, q)
    assert formula("p ~& q") == operate(Op.NOT, operate(Op.AND, p, q))
    assert formula("p ~| q") == operate(Op.NOT, operate(Op.OR, p, q))
    assert formula("~ ~ p") == operate(Op.NOT, operate(Op.NOT, p))
    assert formula("$true") == TRUE


def test_quantifier_and_negation_bind_tighter_than_connectives() -> None:
    (q,) = propositions("q")
    assert formula("! [X] : p(X) & q") == operate(Op.AND, forall([X], P(X)), q)
    assert formula("! [X] : ( p(X) & q )") == forall([X], operate(Op.AND, P(X), q))
    assert formula("~ q & q") == operate(Op.AND, operate(Op.NOT, q), q)
    assert formula("? [X] : ~ p(X) => q") == implies(exists([X], operate(Op.NOT, P(X))), q)


def test_equality_binds_tighter_than_negation_and_takes_terms() -> None:
    assert formula("~ a = b") == operate(Op.NOT, operate(Op.EQUAL, A, B))
    assert formula("! [X] : f(X) != X") == forall(
        [X], operate(Op.NOT, operate(Op.EQUAL, Symbol("f", (THING,), THING)(X), X))
    )
    assert formula("p(a) & a = b") == operate(Op.AND, P(A), operate(Op.EQUAL, A, B))


def test_inner_variable_of_the_same_name_is_another() -> None:
    found = formula("! [X] : ( p(X) => ? [X] : q(X) )")
    inner = Variable("X_1")
    assert found == forall([X], implies(P(X), exists([inner], Q(inner))))


def test_cnf_is_closed_by_quantifiers() -> None:
    assert formula("( p(X) | ~ q(Y) | X != Y )", "cnf") == forall(
        [X, Y], operate(Op.OR, P(X), operate(Op.NOT, Q(Y)), operate(Op.NOT, operate(Op.EQUAL, X, Y)))
    )


def test_names_in_quotes() -> None:
    assert formula("p('a')") == formula("p(a)")
    assert formula(r"p('It\'s \\ here')") == P(constant("It's \\ here"))
    assert formula("p('X')") == P(constant("X"))
    assert formula("'$less'(a,b)") == Symbol("$less", (THING, THING), BOOL)(A, B)


def test_comments_and_annotations_are_skipped() -> None:
    text = "% Status   : Theorem\n/* fof( */ fof(1, axiom, p, file('a.p', x), [f(a,[b])]). fof(c,conjecture,p)."
    problem = read_tptp(text)
    assert problem.status == "Theorem"
    assert [(premise.name, premise.line) for premise in problem.premises] == [("1", 2)]
    assert problem.premises[0].text == "fof(1, axiom, p, file('a.p', x), [f(a,[b])])."


def test_roles() -> None:
    problem = read_tptp(
        "fof(a,hypothesis,p). fof(b,negated_conjecture,~q). fof(c,conjecture,p). fof(d,conjecture,q). fof(e,axiom-x,p)."
    )
    p, q = propositions("p", "q")
    assert [premise.role for premise in problem.premises] == ["hypothesis", "negated_conjecture", "axiom"]
    assert problem.conjecture == operate(Op.AND, p, q)
    assert read_tptp("fof(a,axiom,p).").conjecture is None
    with pytest.raises(ParseError, match="guess is not a role"):
        read_tptp("fof(a,guess,p).")


def test_distinct_objects_differ() -> None:
    problem = read_tptp('fof(c,conjecture, "a" != "b" ).')
    assert problem.premises[-1].name == "distinct objects"
    assert decide(problem) is Status.UNSAT
    assert decide(read_tptp('fof(c,conjecture, "a" != a ).')) is Status.SAT


# types --------------------------------------------------------------------------------------------------------


def test_typed_declarations() -> None:
    types = (
        "tff(u, type, unit: $tType). tff(f, type, f: ( $int * unit ) > $real). tff(g, type, (g: ($int > $o)))."
        "tff(c, type, c: unit)."
    )
    unit = Sort("unit")
    found = formula("! [X: $int] : ( g(X) => $less(f(X,c), 1.5) )", "tff", types)
    assert isinstance(found, Quantified)
    assert found.variables == (Variable("X", INT),)
    applied = found.body.arguments[1].arguments[0]  # type: ignore[union-attr]
    assert applied.symbol == Symbol("f", (INT, unit), REAL)


def test_declarations_may_follow_their_use() -> None:
    problem = read_tptp("tff(a,axiom,c = 1). tff(t,type,c: $int).")
    assert problem.premises[0].formula == operate(Op.EQUAL, constant("c", INT), number(1))


def test_types_named_like_ours_are_kept_apart() -> None:
    types = "tff(t,type,'Int': $tType). tff(c,type,c: 'Int'). "
    found = formula("c = c", "tff", types)
    assert isinstance(found, Operate)
    assert found.arguments[0].sort not in (INT, THING)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tff(t,type, list: $tType > $tType).", "type constructors"),
        ("tff(t,type, f: !>[A: $tType] : ( A > A ) ).", "polymorphic types"),
        ("tff(a,axiom, ! [A: $tType] : $true ).", "polymorphic types"),
        ("thf(a,axiom, p @ q ).", "THF"),
        ("tff(a,axiom, [a] = [b] ).", "tuples"),
        ("tff(a,axiom, $foo(1) ).", r"\$foo"),
        ("fof(a,axiom, p(1) ).", "numbers in an untyped formula"),
        ("tff(a,conjecture, ? [X: $real] : ( $product(X,X) = 2.0 & $is_rat(X) ) ).", "rational"),
        ("tff(a,conjecture, ? [X: $rat] : $product(X,X) = 2/1 ).", "products of rationals"),
        ("tff(p,type,p: $rat > $o). tff(a,axiom, ! [X: $rat] : p(X) ).", "predicates of rationals"),
        ("tff(a,conjecture, $is_rat($quotient(1.0,0.0)) ).", "rational"),
        ("fof(a,fi_domain, ! [X] : X = a ).", "interpretations"),
    ],
)
def test_delegated(text: str, reason: str) -> None:
    problem = read_tptp(text)
    assert problem.delegated is not None
    assert reason.replace("\\", "") in problem.delegated
    assert problem.premises == () and problem.conjecture is None


# arithmetic ---------------------------------------------------------------------------------------------------


def value(text: str) -> object:
    """Evaluate a typed term."""
    found = formula(f"{text} = {text}", "tff")
    assert isinstance(found, Operate)
    return evaluate(found.arguments[0], Model())


def quotients(over: Fraction, under: Fraction) -> dict[str, int]:
    exact = over / under
    return {
        "e": math.floor(exact) if under > 0 else math.ceil(exact),
        "t": math.trunc(exact),
        "f": math.floor(exact),
    }


@given(st.integers(-20, 20), st.integers(-6, 6).filter(bool), st.sampled_from("etf"))
def test_whole_quotients_and_remainders(over: int, under: int, kind: str) -> None:
    expected = quotients(Fraction(over), Fraction(under))[kind]
    assert value(f"$quotient_{kind}({over},{under})") == expected
    assert value(f"$remainder_{kind}({over},{under})") == over - under * expected


numbers = st.fractions(-5, 5, max_denominator=4)


@given(numbers, numbers.filter(bool), st.sampled_from("etf"))
def test_whole_quotients_of_rationals(over: Fraction, under: Fraction, kind: str) -> None:
    expected = quotients(over, under)[kind]
    written = [f"{part.numerator}/{part.denominator}" for part in (over, under)]
    assert value(f"$quotient_{kind}({written[0]},{written[1]})") == expected
    assert value(f"$remainder_{kind}({written[0]},{written[1]})") == over - under * expected


@given(numbers)
def test_rounding(exact: Fraction) -> None:
    written = f"{exact.numerator}/{exact.denominator}"
    assert value(f"$floor({written})") == math.floor(exact)
    assert value(f"$ceiling({written})") == math.ceil(exact)
    assert value(f"$truncate({written})") == math.trunc(exact)
    assert value(f"$round({written})") == round(exact)
    assert value(f"$to_int({written})") == math.floor(exact)


@pytest.mark.parametrize(
    "kind", ["quotient_e", "quotient_t", "quotient_f", "remainder_e", "remainder_t", "remainder_f"]
)
def test_nothing_follows_about_division_by_zero(kind: str) -> None:
    assert not follows(f"${kind}(1,0) = ${kind}(2,0)")
    assert not follows(f"${kind}(-1,0) = $uminus(${kind}(1,0))")
    assert follows(f"! [X: $int, Y: $int] : ( X = Y => ${kind}(X,0) = ${kind}(Y,0) )")


def test_arithmetic_facts() -> None:
    assert follows("$less($sum(1/2,1/4),$to_rat(1))")
    assert follows("$is_rat($to_rat(2.05))")
    assert follows("! [X: $int] : ( $is_int(X) & $is_rat(X) & $to_int(X) = X )")
    assert follows("? [X: $real] : $product(X,X) = 2.0")
    assert not follows("? [X: $int] : ( $less(1,X) & $less(X,2) )")
    assert follows("$ite($less(1,2),3,4) = 3")
    assert follows("$distinct(1,2,3)")
    assert follows("1.5E1 = 15.0")
    assert follows("$uminus(5) = -5")


def test_local_definitions() -> None:
    assert follows("$let(c: $int, c := 2, $less(c,3))")
    assert follows("$let([c: $int,d: $int], [c := 2,d := 3], $sum(c,d) = 5)")
    assert follows("! [X: $int] : ( $let(f: $int > $int, f(Y) := $sum(X,Y), f(f(1))) = $sum($sum(X,X),1) )")
    assert follows("$let(p: $int > $o, p(X) := ? [Y: $int] : $sum(X,Y) = 0, ! [Y: $int] : p(Y))")
    assert follows("$let(c: $int, c := 1, $let(c: $int, c := $sum(c,1), c = 2))")
    assert not follows("! [X: $int] : $let(c: $int, c := X, ? [X: $int] : ( $less(X,0) & c = X ))")
    with pytest.raises(ParseError, match=r"d has no type in this \$let"):
        follows("$let(c: $int, d := 2, $less(c,3))")
    with pytest.raises(ParseError, match="c is defined here for other arguments: Int"):
        follows("$let(c: $int > $int, c(X) := X, $less(c,3))")


def test_rational_linear_problems_are_read() -> None:
    assert follows("! [X: $rat] : ( $less(0/1,X) => ? [Y: $rat] : ( $less(0/1,Y) & $less(Y,X) ) )")
    assert follows("$less($product(1/2,c),$sum(c,1/1))", "tff(c,type,c: $rat). tff(p,axiom,$less(0/1,c)).")


# bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("fof(a,axiom,p &).", 1, 16, "a formula or term should stand before )"),
        ("fof(a,axiom,\n  p & q | r ).", 2, 9, "| after & without brackets"),
        ("fof(a,axiom, p => q => r ).", 1, 21, "=> after => without brackets"),
        ("fof(a,axiom, (p & q ).", 1, 23, "brackets are not closed"),
        ("fof(a,axiom, p & q) ).", 1, 21, ". is missing before )"),
        ("fof(a,axiom, p(X) ).", 1, 16, "the variable X is not bound"),
        ("fof(a,axiom, p q ).", 1, 16, "q is not expected here"),
        ("fof(a,axiom, ! [x] : p ).", 1, 17, "x is not a variable"),
        ("fof(a,axiom, 'p ).", 1, 14, "does not end on its line"),
        ("fof(a,axiom, p # q ).", 1, 16, "# has no meaning here"),
        ("formula(a,axiom, p ).", 1, 1, "formula does not begin a statement"),
        ("fof(a,axiom, p )", 1, 17, ". is missing before the end of the text"),
        ("fof(a,axiom, p ) fof(b,axiom,q).", 1, 18, ". is missing before fof"),
        ("tff(a,axiom, $less(1,2.0) ).", 1, 14, "$less takes numbers of one type, not Int and Real"),
        ("tff(a,axiom, $less(1) ).", 1, 14, "$less takes 2 arguments; got 1"),
        ("tff(a,axiom, 1 = 2.0 ).", 1, 16, "= is between terms of one type, not Int and Real"),
        ("tff(a,type, f: nothing > $o ).", 1, 16, "nothing is not a declared type"),
        ("tff(f,type,f: $int > $o). tff(a,axiom, f(a) ).", 1, 40, "argument 1 of f must be Int, not Thing"),
        ("tff(f,type,f: $int > $o). tff(f,type,f: $o).", 1, 38, "f is declared with two types"),
        ("tff(a,axiom, 1 = 1.0E99999999 ).", 1, 18, "the exponent 99999999 is beyond"),
        ("tff(a,axiom, 1/0 = 1/2 ).", 1, 14, "1/0 divides by zero"),
        (f"tff(a,axiom, {'1' * 5000} = 1 ).", 1, 14, "a number of 5000 characters"),
    ],
)
def test_errors(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_tptp(text, file="it.p")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("it.p", line, column)
    assert message in caught.value.message


def test_invalid_utf8(tmp_path: Path) -> None:
    path = tmp_path / "bad.p"
    path.write_bytes(b"fof(a,axiom,p).\nfof(b,axiom,\xff).\n")
    with pytest.raises(DataError, match=r"bad\.p:2: byte 0xff is not UTF-8"):
        read_tptp(path)


def test_deep_formulas() -> None:
    depth = 5_000
    for text in ("~(" * depth + "p" + ")" * depth, "p=>(" * depth + "p" + ")" * depth, "! [X] : " * depth + "p(X)"):
        assert read_tptp(f"fof(a,axiom,{text}).").premises[0].formula.sort == BOOL
    assert formula("p(" + "f(" * depth + "a" + ")" * depth + ")").sort == BOOL


# includes -----------------------------------------------------------------------------------------------------


def test_include_below_the_own_folder_and_given_ones(tmp_path: Path) -> None:
    own, given_folder = tmp_path / "own", tmp_path / "given"
    (own / "Axioms").mkdir(parents=True)
    given_folder.mkdir()
    (own / "Axioms" / "a.ax").write_text("include('b.ax'). fof(a1,axiom,p). fof(a2,axiom,q).")
    (own / "Axioms" / "b.ax").write_text("fof(b,axiom,r).")
    (given_folder / "c.ax").write_text("fof(c,axiom,s).")
    main = own / "main.p"
    main.write_text("include('Axioms/a.ax'). include('Axioms/a.ax'). include('c.ax').")
    problem = read_tptp(main, include_dirs=[given_folder])
    assert [premise.name for premise in problem.premises] == ["b", "a1", "a2", "c"]
    assert problem.premises[0].file.endswith("b.ax")
    main.write_text("include('Axioms/a.ax',[a2]).")
    assert [premise.name for premise in read_tptp(main).premises] == ["a2"]
    main.write_text("include('Axioms/a.ax',[a2,a3]).")
    with pytest.raises(DataError, match=r"main\.p:1: the included file has no formula named a3"):
        read_tptp(main)


def test_include_outside_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.ax").write_text("fof(s,axiom,p).")
    main = own / "main.p"
    for name in ("../secret.ax", str(tmp_path / "secret.ax")):
        main.write_text(f"\ninclude('{name}').")
        with pytest.raises(UsageError, match=r"main\.p:2: include.*outside the folders.*--include"):
            read_tptp(main)
    (own / "link.ax").symlink_to(tmp_path / "secret.ax")
    main.write_text("include('link.ax').")
    with pytest.raises(UsageError, match="outside"):
        read_tptp(main)
    with pytest.raises(UsageError, match="no folder"):
        read_tptp("include('a.ax').")
    main.write_text("include('missing.ax').")
    with pytest.raises(DataError, match="there is no such file below"):
        read_tptp(main)


def test_files_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.p").write_text("include('b.p'). fof(a,axiom,p).")
    (tmp_path / "b.p").write_text("include('a.p'). fof(b,axiom,q).")
    assert {premise.name for premise in read_tptp(tmp_path / "a.p").premises} == {"a", "b"}
