"""`abduce ask`: premises from files, questions from the command line, answers with their reasons."""

from __future__ import annotations

from abduce.errors import UsageError
from abduce.query_files import QueryFile, read_files
from abduce.query_options import QueryOptions
from abduce.query_report import Report


def ask(options: QueryOptions) -> int:
    """Answer what was asked, print the answers, and return the exit code.

    Scripts and TPTP problems are answered each by itself, in the order of the files; all files in abduce's own
    language are one session, whose questions (in the files, then on the command line) are answered when all are read.

    Raises:
        AbduceError: A file, a question or an option cannot be read.
    """
    options.check_values()
    files = read_files(options.files, options.format)
    own = [file for file in files if file.format == "abduce"]
    others = [file for file in files if file.format != "abduce"]
    if others and not own and (options.queries or options.assume or options.why_not):
        raise UsageError(
            f"{others[0].name} carries its own question; -q, --assume and --why-not are for premises in abduce's own "
            "language (--format abduce says that a file is written in it)"
        )
    report = Report(as_json=options.as_json)
    for file in others:
        if len(files) > 1:
            report.heading(file.name)
        if file.format == "smtlib":
            _answer_script(file, options, report)
        else:
            _answer_problem(file, options, report)
    if own or not others:
        from abduce.query_session import answer_session

        if others:
            report.heading(", ".join(file.name for file in own))
        answer_session(own, options, report)
    return report.finish()


def _answer_script(file: QueryFile, options: QueryOptions, report: Report) -> None:
    from abduce.query_scripts import answer_script, exported_script

    if options.export is not None:
        report.exported(exported_script(file.text, file.name, options.export))
    else:
        report.script(answer_script(file.text, file.name, options.limits))


def _answer_problem(file: QueryFile, options: QueryOptions, report: Report) -> None:
    from abduce.query_problems import answer_problem, exported_problem, read_problem
    from abduce.reasoning.queries.verdicts import Consistency

    read = read_problem(file, options.include)
    if options.export is not None:
        report.exported(exported_problem(read, file.name, options.export))
        return
    found = answer_problem(read, options.limits, check=options.check, explain=options.explain)
    if isinstance(found, Consistency):
        report.consistency(found, explain=options.explain, delegated=read.problem.delegated)
    else:
        report.answer(found, explain=options.explain)
