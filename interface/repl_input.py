"""Where the entries of a session come from: a terminal, with editing, colours, history and completion; or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.lexers import Lexer
    from prompt_toolkit.output import Output

PROMPT: Final = "abduce> "
CONTINUED: Final = "   ...> "
MORE: Final = "  (; for the next, q to stop) "
STYLES: Final = {
    "comment": "ansibrightblack italic",
    "keyword": "ansimagenta",
    "predicate": "ansiblue",
    "variable": "ansicyan",
    "number": "ansigreen",
    "text": "ansigreen",
    "operator": "bold",
    "command": "bold ansimagenta",
    "prompt": "bold",
    "more": "ansibrightblack",
}
LONGEST_LOOKED_AT: Final = 20_000
"""Length of an entry, in letters, beyond which it is not coloured, and taken as complete at the end of a line."""


def is_command(entry: str) -> bool:
    """Tell whether an entry is a command, and no statement."""
    bare = entry.lstrip()
    return bare.startswith(":") and not bare.startswith(":-")


def is_whole(text: str) -> bool:
    """Tell whether an entry needs no further line: it is empty, a command, or complete statements."""
    if not text.strip() or is_command(text):
        return True
    if len(text) > LONGEST_LOOKED_AT and not text.endswith("\n"):
        return True
    from abduce.parser.surface import is_complete

    return is_complete(text)


class Terminal:
    """Entries from a person at a terminal.

    Args:
        names: Gives the names that the session knows, for completion.
        commands: The commands, with what each takes: `file`, `reading`, … or nothing.
        ready: Called once, when the first prompt stands.
        source: Where keys come from; the terminal if None.
        sink: Where is drawn; the terminal if None.
    """

    def __init__(
        self,
        names: Callable[[], Iterable[str]],
        commands: Callable[[], dict[str, tuple[str, ...]]],
        source: Input | None = None,
        sink: Output | None = None,
        *,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.input.defaults import create_input
        from prompt_toolkit.styles import Style

        self._input = source or create_input()
        self._output = sink or _drawn_without_questions()
        self._style = Style.from_dict(STYLES)
        completer = _completer(names, commands)
        self.place = 1
        self._session: PromptSession[str] = PromptSession(
            [("class:prompt", PROMPT)],
            multiline=True,
            prompt_continuation=lambda width, number, wraps: [("class:prompt", "" if wraps else CONTINUED)],
            history=_history(),
            lexer=_lexer(),
            completer=completer,
            complete_while_typing=False,
            key_bindings=_entry_keys(completer),
            style=self._style,
            input=self._input,
            output=self._output,
            include_default_pygments_style=False,
        )
        self._call_when_drawn(ready)

    def _call_when_drawn(self, ready: Callable[[], None]) -> None:
        drawn = self._session.app.after_render

        def once(_: object) -> None:
            drawn.remove_handler(once)
            ready()

        drawn.add_handler(once)

    def entry(self) -> str:
        """Return the next entry.

        Raises:
            EOFError: Ctrl-D was pressed, or the terminal is gone.
            KeyboardInterrupt: Ctrl-C was pressed: what was typed is thrown away.
        """
        return self._session.prompt(handle_sigint=False)

    def wants_next(self) -> bool:
        """Ask whether the next answer is to be shown; any key that says neither begins the next entry."""
        from prompt_toolkit import PromptSession

        asked: PromptSession[str] = PromptSession(
            [("class:more", MORE)], key_bindings=_more_keys(), style=self._style, input=self._input,
            output=self._output, erase_when_done=True,
        )  # fmt: skip
        try:
            return asked.prompt(handle_sigint=False) == "next"
        except (KeyboardInterrupt, EOFError):
            return False
        finally:
            self._drop_enter()

    def _drop_enter(self) -> None:
        """Forget an Enter that was sent together with the key before it: `;` and Enter are one answer."""
        from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
        from prompt_toolkit.keys import Keys

        keys = get_typeahead(self._input)
        store_typeahead(self._input, keys[1:] if keys and keys[0].key in (Keys.ControlM, Keys.ControlJ) else keys)

    def press(self) -> bool:
        """Press Ctrl-C in the entry that is being typed, and tell whether one is; may be called in a signal handler."""
        app = self._session.app
        if app.loop is None or not app.is_running or app.is_done:
            return False
        app.loop.call_soon_threadsafe(app.key_processor.send_sigint)
        return True

    def was_interrupted(self) -> bool:
        """Tell whether Ctrl-C was typed right behind the last entry, before it could be a signal; forget it then."""
        from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
        from prompt_toolkit.keys import Keys

        with self._input.raw_mode():
            keys = [*get_typeahead(self._input), *self._input.read_keys()]
        pressed = [place for place, key in enumerate(keys) if key.key == Keys.ControlC]
        store_typeahead(self._input, keys[pressed[-1] + 1 :] if pressed else keys)
        return bool(pressed)


def _drawn_without_questions() -> Output:
    """Return the terminal to draw on, not asked where its cursor is: not all can say."""
    from prompt_toolkit.output.defaults import create_output

    output = create_output(sys.stdout)
    if hasattr(output, "enable_cpr"):
        output.enable_cpr = False
    return output


def _entry_keys(completer: Completer) -> KeyBindings:
    from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        gives_up = buffer.document.is_cursor_at_the_end and buffer.text.endswith("\n") and buffer.text.strip()
        if gives_up or is_whole(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter")
    def _line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("tab")
    def _complete(event: KeyPressEvent) -> None:
        """Complete as far as that is clear, at once, so that what is typed behind it finds it done; else list."""
        buffer = event.current_buffer
        if buffer.complete_state:
            buffer.complete_next()
            return
        found = list(completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
        if len(found) == 1:
            buffer.delete_before_cursor(-found[0].start_position)
            buffer.insert_text(found[0].text)
        elif common := get_common_complete_suffix(buffer.document, found):
            buffer.insert_text(common)
        elif found:
            buffer.start_completion(select_first=False)

    return keys


def _more_keys() -> KeyBindings:
    from prompt_toolkit.input.typeahead import store_typeahead
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.keys import Keys

    keys = KeyBindings()

    def says(answer: str, *pressed: str) -> None:
        for key in pressed:
            keys.add(key)(lambda event: event.app.exit(result=answer))

    says("next", ";", " ", "enter", "c-j")
    says("stop", "q", "escape", "c-c", "c-d")

    @keys.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        store_typeahead(event.app.input, list(event.key_sequence))
        event.app.exit(result="stop")

    return keys


# history ------------------------------------------------------------------------------------------------------------


def history_file() -> Path:
    """Return where entries are remembered: below the user's folder for state."""
    base = os.environ.get("XDG_STATE_HOME") or (os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None)
    return (Path(base) if base else Path("~/.local/state").expanduser()) / "abduce" / "history"


def _history() -> History:
    """Return the history of earlier sessions; one that cannot be read or written is none, and no error."""
    from prompt_toolkit.history import FileHistory

    class Forgiving(FileHistory):
        def load_history_strings(self) -> Iterator[str]:
            try:
                yield from super().load_history_strings()
            except OSError:
                return

        def store_string(self, string: str) -> None:
            try:
                Path(os.fsdecode(self.filename)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                super().store_string(string)
            except OSError:
                return

    try:
        return Forgiving(history_file())
    except RuntimeError:  # there is no home folder
        from prompt_toolkit.history import InMemoryHistory

        return InMemoryHistory()


# colours ------------------------------------------------------------------------------------------------------------


def styled(text: str) -> list[tuple[str, str]]:
    """Cut a text of the query language into pieces, each with the style it is shown in.

    Example:
        >>> [piece for piece in styled("p(X) % all") if piece[0]]
        [('class:predicate', 'p'), ('class:operator', '('), ('class:variable', 'X'), ('class:operator', ')'), \
('class:comment', '% all')]
    """
    from abduce.parser.lexing import TOKEN

    if is_command(text):
        command, space, rest = text.partition(" ")
        return [("class:command", command), ("", space), *styled(rest)]
    pieces: list[tuple[str, str]] = []
    position = 0
    for found in TOKEN.finditer(text):
        if found.start() > position:
            pieces.append(("", text[position : found.start()]))
        pieces.append((_style_of(found.lastgroup or "", found[0], text[found.end() : found.end() + 1]), found[0]))
        position = found.end()
    return [*pieces, ("", text[position:])] if position < len(text) else pieces


def _style_of(kind: str, piece: str, follows: str) -> str:
    from abduce.parser.lexing import COMMANDS, KEYWORDS, OBJECTIVES

    if kind == "name":
        if piece in KEYWORDS or piece in COMMANDS or piece in OBJECTIVES:
            return "class:keyword"
        if follows == "(":
            return "class:predicate"
        return "class:variable" if piece[0].isupper() or piece[0] == "_" else ""
    if kind == "space":
        return "class:comment" if piece.strip() else ""
    kinds = {"number": "number", "quoted": "text", "text": "text", "query": "variable", "symbol": "operator"}
    return f"class:{kinds[kind]}" if kind in kinds else ""


def _lexer() -> Lexer:
    from prompt_toolkit.formatted_text.utils import split_lines
    from prompt_toolkit.lexers import Lexer

    class Coloured(Lexer):
        def lex_document(self, document: Any) -> Callable[[int], Any]:
            if len(document.text) > LONGEST_LOOKED_AT:
                return lambda number: [("", document.lines[number])]
            lines = [list(line) for line in split_lines(styled(document.text))]
            return lambda number: lines[number] if number < len(lines) else []

    return Coloured()


# completion ---------------------------------------------------------------------------------------------------------


def _completer(names: Callable[[], Iterable[str]], commands: Callable[[], dict[str, tuple[str, ...]]]) -> Completer:
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class Known(Completer):
        def get_completions(self, document: Any, complete_event: Any) -> Iterator[Completion]:
            before = document.text_before_cursor
            if is_command(before):
                command, space, rest = before.partition(" ")
                if not space:
                    yield from _starting(command, commands())
                    return
                choices = commands().get(command, ())
                if "FILE" in choices:
                    inner = Document(rest, len(rest))
                    yield from PathCompleter(expanduser=True).get_completions(inner, complete_event)
                    return
                if choices:
                    yield from _starting(rest, choices)
                    return
            yield from _starting(_last_word(before), names())

    def _starting(word: str, choices: Iterable[str]) -> Iterator[Completion]:
        for choice in sorted(set(choices)):
            if (word and choice.startswith(word) and choice != word) or (not word and choice.startswith(":")):
                yield Completion(choice, -len(word))

    return Known()


def _last_word(text: str) -> str:
    """Return the name that a text ends with, as far as it is typed."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in "_.'"):
        start -= 1
    return text[start:]
