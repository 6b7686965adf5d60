"""Sentences as statements: the inverse of `english`, for what a model writes.

A sentence need not be put as the world puts it: contractions, plurals, ``each`` and ``all``,
``someone who``, predicates that share a copula (``is red and kind``), and leading words
(``therefore``) are understood, and so is a formula in TPTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from data.ontology.statements import (
    Claim,
    Fact,
    Literal,
    Neighbour,
    Rule,
    Statement,
    Trait,
    TraitKind,
)
from data.ontology.vocabulary import Lexicon, plural
from prover.contracts import InputError
from prover.environments.fol.syntax import Formula
from prover.environments.fol.tptp import parse_formula

_LEADING = re.compile(
    r"\A(?:(?:so|therefore|thus|hence|then|now|also|and|but|first|finally|next|since|because|"
    r"consequently|however|moreover|clearly|in either case|in both cases|in each case|"
    r"we (?:have|know|conclude|derive|get|see)(?: that)?|it follows(?: that)?|"
    r"this means(?: that)?|we are (?:given|told)(?: that)?|given(?: that)?|that|suppose that)"
    r"\s*[,:]?\s+)+", re.IGNORECASE)
_THING = frozenset({"something", "someone", "anything", "anyone", "thing"})
_EVERYTHING = frozenset({"everything", "everyone", "anything", "anyone", "everybody"})
_PRONOUN = frozenset({"it", "they", "he", "she"})
_WHICH = frozenset({"that", "who", "which"})


def understood(text: str, lexicon: Lexicon) -> Formula | None:
    """The formula that ``text``, one sentence or a formula of TPTP, states; None if it is not
    understood."""
    plain = _LEADING.sub("", text.strip()).strip().strip(".*_`;").strip()
    statement = parse_sentence(plain, lexicon)
    if statement is not None:
        return statement.formula()
    if "(" not in plain:
        return None
    try:
        return parse_formula(plain)
    except InputError:
        return None


def parse_sentence(text: str, lexicon: Lexicon) -> Statement | None:
    """The statement that a sentence makes, None if it is not understood."""
    try:
        return _Parser(_tokens(text, lexicon), lexicon).statement()
    except _NotUnderstoodError:
        return None


class _NotUnderstoodError(Exception):
    """The sentence is not of the grammar, or uses other words."""


def _tokens(text: str, lexicon: Lexicon) -> list[str]:
    """Words and commas, in lower case, in the singular and without contractions."""
    text = text.lower().replace("’", "'")
    text = re.sub(r"\b(is|are|does|do)n't\b", r"\1 not", text)
    singular = {plural(noun): noun for noun in lexicon.nouns}
    usual = {"are": "is", "do": "does", "an": "a", "each": "every", "all": "every"}
    words = re.findall(r"[a-z]+|,", text)
    return [singular.get(word, usual.get(word, word)) for word in words]


@dataclass
class _Parser:
    tokens: list[str]
    lexicon: Lexicon
    at: int = 0
    names: dict[str, str] = field(init=False)
    verbs: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {name.lower(): name for name in self.lexicon.names}
        self.verbs = {form: verb for verb in self.lexicon.verbs for form in (verb, f"{verb}s")}

    def statement(self) -> Statement:
        found: Statement
        if self._peek() in self.names:
            found = Fact(self.names[self._next()], self._claim())
        elif self._accept("if"):
            found = self._conditional()
        elif self._peek() in _EVERYTHING or (
            self._peek() == "every" and self._peek(1) == "thing"
        ):
            self._accept("every")
            self._next()
            self._accept(*_WHICH)
            found = Rule(self._condition(), self._claim())
        else:
            self._accept("every", "a", "any")
            sort = Literal(Trait(TraitKind.NOUN, self._noun()))
            found = Rule(Claim((sort,)), self._claim())
        if self.at != len(self.tokens):
            raise _NotUnderstoodError
        return found

    def _conditional(self) -> Rule:
        self._accept("a")
        if self._next() not in _THING:
            raise _NotUnderstoodError
        condition = self._condition()
        self._accept(",")
        self._accept("then")
        if self._next() not in _PRONOUN:
            raise _NotUnderstoodError
        return Rule(condition, self._claim())

    def _condition(self) -> Claim | Neighbour:
        verb = self.verbs.get(self._peek())
        if verb is None or self._peek(1) not in _THING:
            return self._claim()
        self.at += 2
        if not self._accept(*_WHICH):  # "likes something red"
            return Neighbour(verb, Claim((self._described(True),)))
        return Neighbour(verb, self._claim())

    def _claim(self) -> Claim:
        literals, joins = [self._literal()], set()
        while (join := self._join()) is not None:
            if join:
                joins.add(join)
            literals.append(self._literal(literals[-1]))
        if len(joins) > 1 or (len(literals) > 1 and not joins):
            raise _NotUnderstoodError
        return Claim(tuple(literals), "or" not in joins)

    def _join(self) -> str | None:
        """What joins another literal on: a word, or nothing but a comma; None if none follows."""
        start = self.at
        comma = self._accept(",")
        word = self._next() if self._peek() in ("and", "or") else ""
        if (comma or word) and self._literal_follows():
            return word
        self.at = start
        return None

    def _literal_follows(self) -> bool:
        word = self._peek()
        return (
            word in ("is", "does", "not", "a")
            or word in self.lexicon.adjectives
            or (word in self.verbs and self._peek(1) in self.names)
        )

    def _literal(self, before: Literal | None = None) -> Literal:
        if self._accept("does"):
            if not self._accept("not"):
                raise _NotUnderstoodError
            return self._relation(False)
        if self._peek() in self.verbs:
            return self._relation(True)
        if self._accept("is"):
            return self._described(not self._accept("not"))
        if before is None or before.trait.kind is TraitKind.RELATION:
            raise _NotUnderstoodError
        return self._described(not self._accept("not"))  # "is red and kind"

    def _relation(self, positive: bool) -> Literal:
        verb = self.verbs.get(self._next())
        name = self.names.get(self._next())
        if verb is None or name is None:
            raise _NotUnderstoodError
        return Literal(Trait(TraitKind.RELATION, verb, name), positive)

    def _described(self, positive: bool) -> Literal:
        article = self._accept("a")
        if not article and self._peek() in self.lexicon.adjectives:
            return Literal(Trait(TraitKind.ADJECTIVE, self._next()), positive)
        return Literal(Trait(TraitKind.NOUN, self._noun()), positive)

    def _noun(self) -> str:
        word = self._next()
        if word not in self.lexicon.nouns:
            raise _NotUnderstoodError
        return word

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self.at += 1
        return word

    def _accept(self, *words: str) -> bool:
        if self._peek() in words:
            self.at += 1
            return True
        return False
