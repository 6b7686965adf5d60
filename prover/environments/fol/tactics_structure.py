"""Natural deduction: the introduction and elimination rules, and the structural ones.

Each function takes a sequent and a parsed tactic and gives the sequents that entail it, or raises
`TacticError`. Soundness is by construction; the rules are Gentzen's (1935) with Lean's names.
"""

from __future__ import annotations

from dataclasses import replace

from prover.environments.fol.notation import display_name, show
from prover.environments.fol.proof_terms import Elaborator
from prover.environments.fol.sequent import Sequent
from prover.environments.fol.syntax import (
    FALSE,
    TRUE,
    Binary,
    Connective,
    Equality,
    Formula,
    Function,
    Not,
    Quantified,
    Quantifier,
    Variable,
    all_variables,
    fresh_name,
    plain_name,
    substitute,
)
from prover.environments.fol.tactic_context import Applied, ByRule, TacticContext, TacticError
from prover.environments.fol.tactic_syntax import (
    Bind,
    ByCases,
    ByContra,
    Cases,
    Clear,
    Constructor,
    Exists,
    Expression,
    Have,
    Intro,
    Intros,
    Left,
    Name,
    Pattern,
    Refine,
    Revert,
    Right,
    Show,
    Simple,
    Specialize,
    TermArgument,
)
from prover.environments.fol.tactics_patterns import Completion, one_layer, take_apart
from prover.environments.fol.terms import constants, same_formula
from prover.environments.fol.terms import replace as replace_part

# ---------------------------------------------------------------------------------- introduction


def intro(sequent: Sequent, tactic: Intro, context: TacticContext) -> Applied:
    """→-, ∀- and ¬-introduction."""
    goals, resolved = [sequent], []
    for pattern in tactic.patterns or (Bind(None),):
        if len(goals) != 1:
            raise TacticError("a pattern with branches must be the last")
        goals, done = _intro_one(goals[0], pattern, context)
        resolved.append(done)
    return Applied(tuple(goals), ByRule("introduction"), Intro(tuple(resolved)))


def _intro_one(
    sequent: Sequent, pattern: Pattern, context: TacticContext
) -> tuple[list[Sequent], Pattern]:
    match sequent.target:
        case Quantified(Quantifier.FORALL, variable, _, sort):
            if not isinstance(pattern, Bind):
                raise TacticError("the variable of ∀ needs a name, not a pattern")
            name = context.local_name(sequent, pattern.name, variable)
            opened = sequent.with_local(name, sort)
            assert isinstance(opened.target, Quantified)
            target = substitute(opened.target.body, {variable: Function(name)})
            return [opened.with_target(target)], Bind(name)
        case Binary(Connective.IMPLIES, premise, conclusion):
            return _intro_hypothesis(sequent.with_target(conclusion), premise, pattern, context)
        case Not(body):
            return _intro_hypothesis(sequent.with_target(FALSE), body, pattern, context)
        case _:
            raise TacticError(f"nothing to introduce: the target '{show(sequent.target)}' "
                              "is no ∀, → or ¬")


def _intro_hypothesis(
    sequent: Sequent, formula: Formula, pattern: Pattern, context: TacticContext
) -> tuple[list[Sequent], Pattern]:
    complete = Completion(sequent, context).complete(pattern, formula)
    return take_apart(sequent, formula, complete), complete


def intros(sequent: Sequent, tactic: Intros, context: TacticContext) -> Applied:
    """`intro` for every leading ∀ and →, or for each of the given names."""
    patterns: list[Pattern] = []
    remaining = list(tactic.names)
    while remaining or (not tactic.names and _is_pi(sequent.target)):
        name = remaining.pop(0) if remaining else None
        (sequent,), done = _intro_one(sequent, Bind(name), context)
        patterns.append(done)
    return Applied((sequent,), ByRule("introduction"), Intro(tuple(patterns)))


def _is_pi(formula: Formula) -> bool:
    return (isinstance(formula, Quantified) and formula.quantifier is Quantifier.FORALL) or (
        isinstance(formula, Binary) and formula.connective is Connective.IMPLIES
    )


def constructor(sequent: Sequent, tactic: Constructor, _: TacticContext) -> Applied:
    """∧-, ↔- and ⊤-introduction."""
    match sequent.target:
        case Binary(Connective.AND, left, right):
            goals = [("left", left), ("right", right)]
        case Binary(Connective.IFF, left, right):
            goals = [("mp", Binary(Connective.IMPLIES, left, right)),
                     ("mpr", Binary(Connective.IMPLIES, right, left))]  # fmt: skip
        case target if target == TRUE:
            goals = []
        case Quantified(Quantifier.EXISTS):
            raise TacticError("constructor would leave the witness of ∃ open; use `exists t`")
        case target:
            raise TacticError(f"the target '{show(target)}' is no ∧, ↔ or True")
    return Applied(
        tuple(sequent.with_target(goal, case) for case, goal in goals),
        ByRule("constructor"), tactic,
    )


def side(sequent: Sequent, tactic: Left | Right, _: TacticContext) -> Applied:
    """∨-introduction."""
    if not (isinstance(sequent.target, Binary) and sequent.target.connective is Connective.OR):
        raise TacticError(f"the target '{show(sequent.target)}' is no ∨")
    chosen = sequent.target.left if isinstance(tactic, Left) else sequent.target.right
    return Applied((sequent.with_target(chosen),), ByRule("∨-introduction"), tactic)


def exists(sequent: Sequent, tactic: Exists, context: TacticContext) -> Applied:
    """∃-introduction."""
    elaborator = Elaborator(sequent, context)
    witnesses: list[Expression] = []
    for witness in tactic.witnesses:
        target = sequent.target
        if not (isinstance(target, Quantified) and target.quantifier is Quantifier.EXISTS):
            raise TacticError(f"the target '{show(target)}' is no ∃")
        term = elaborator.read_term(witness)
        context.has_sort(sequent, term, target.sort)
        witnesses.append(TermArgument(term))
        sequent = sequent.with_target(substitute(target.body, {target.variable: term}))
    return Applied((sequent,), ByRule("∃-introduction"), Exists(tuple(witnesses)))


# ----------------------------------------------------------------------------------- elimination


def cases(sequent: Sequent, tactic: Cases, context: TacticContext) -> Applied:
    """Take a hypothesis apart (a plain one is used up)."""
    elaborator = Elaborator(sequent, context)
    value, formula = elaborator.infer(tactic.value)
    formula = elaborator.formula(formula)
    value = elaborator.expression(value)
    start = sequent
    if isinstance(value, Name) and sequent.find(value.name):
        start = sequent.without_hypotheses([value.name])
    pattern = tactic.pattern or one_layer(formula, tactic.names)
    complete = Completion(start, context).complete(pattern, formula)
    goals = take_apart(start, formula, complete)
    return Applied(tuple(goals), ByRule("elimination", tuple(elaborator.used)),
                   Cases(value, complete))  # fmt: skip


def specialize(sequent: Sequent, tactic: Specialize, context: TacticContext) -> Applied:
    """∀- and →-elimination in place."""
    elaborator = Elaborator(sequent, context)
    term, formula = elaborator.apply_to(Name(tactic.name), tactic.arguments)
    formula = elaborator.formula(formula)
    term = elaborator.expression(term)
    _no_goals(elaborator)
    changed = sequent.without_hypotheses([tactic.name]).with_hypothesis(tactic.name, formula)
    return Applied((changed,), ByRule("specialize", tuple(elaborator.used)),
                   Have(tactic.name, formula, term))  # fmt: skip


def refine(sequent: Sequent, tactic: Refine, context: TacticContext) -> Applied:
    """`exact`, `refine` and `apply`: a proof term for the target."""
    elaborator = Elaborator(sequent, context)
    if tactic.keyword == "apply":
        term = elaborator.backward(tactic.value, sequent.target)
    else:
        term = elaborator.check(tactic.value, sequent.target)
    goals = elaborator.goals()
    if tactic.keyword == "exact":
        _no_goals(elaborator)
    return Applied(
        tuple(sequent.with_target(goal) for goal in goals),
        ByRule(tactic.keyword, tuple(elaborator.used)),
        Refine(elaborator.expression(term), "refine" if goals else "exact"),
    )


def _no_goals(elaborator: Elaborator) -> None:
    if elaborator.goals():
        raise TacticError("?_ cannot be used here; use refine")


# ------------------------------------------------------------------------------------------- cuts


def have(sequent: Sequent, tactic: Have, context: TacticContext) -> Applied:
    """A cut: prove ``φ``, then go on with it. With a proof term only the second goal is left."""
    formula = None
    if tactic.formula is not None:
        formula = context.formula(sequent, tactic.formula)
    if tactic.value is None:
        assert formula is not None
        goals = (sequent.with_target(formula), sequent.with_hypothesis(tactic.name, formula))
        return Applied(goals, ByRule("cut"), replace(tactic, formula=formula))
    elaborator = Elaborator(sequent, context)
    if formula is None:
        term, inferred = elaborator.infer(tactic.value)
        formula = elaborator.formula(inferred)
    else:
        term = elaborator.check(tactic.value, formula)
    _no_goals(elaborator)
    resolved = Have(tactic.name, formula, elaborator.expression(term))
    return Applied((sequent.with_hypothesis(tactic.name, formula),),
                   ByRule("have", tuple(elaborator.used)), resolved)  # fmt: skip


def show_target(sequent: Sequent, tactic: Show, context: TacticContext) -> Applied:
    """The target up to the names of bound variables and ``¬p`` for ``p → False``."""
    formula = context.formula(sequent, tactic.formula)
    if not same_formula(formula, sequent.target):
        raise TacticError(f"the target is '{show(sequent.target)}'")
    return Applied((replace(sequent, target=formula),), ByRule("show"), Show(formula))


def by_cases(sequent: Sequent, tactic: ByCases, context: TacticContext) -> Applied:
    """Excluded middle."""
    formula = context.formula(sequent, tactic.formula)
    yes = replace(sequent.with_hypothesis(tactic.name, formula), case="pos")
    no = replace(sequent.with_hypothesis(tactic.name, Not(formula)), case="neg")
    return Applied((yes, no), ByRule("excluded middle"), ByCases(tactic.name, formula))


def by_contra(sequent: Sequent, tactic: ByContra, _: TacticContext) -> Applied:
    """Proof by contradiction; a target ``¬p`` gives ``p``."""
    name = tactic.name or sequent.fresh_hypothesis("h")
    target = sequent.target
    assumed = target.body if isinstance(target, Not) else Not(target)
    goal = sequent.with_hypothesis(name, assumed).with_target(FALSE)
    return Applied((goal,), ByRule("proof by contradiction"), ByContra(name))


# ---------------------------------------------------------------------------------------- closing


def exfalso(sequent: Sequent, tactic: Simple, _: TacticContext) -> Applied:
    """From False, anything."""
    return Applied((sequent.with_target(FALSE),), ByRule("exfalso"), tactic)


def assumption(sequent: Sequent, _: Simple, __: TacticContext) -> Applied:
    """A hypothesis is the target."""
    for hypothesis in reversed(sequent.hypotheses):
        if same_formula(hypothesis.formula, sequent.target):
            name = hypothesis.name
            return Applied((), ByRule("assumption", (name,)), Refine(Name(name), "exact"))
    raise TacticError("no hypothesis is the target")


def contradiction(sequent: Sequent, tactic: Simple, _: TacticContext) -> Applied:
    """A hypothesis is False or ``t ≠ t``, or two contradict each other."""
    by_size = {h.formula: h.name for h in sequent.hypotheses}
    for hypothesis in sequent.hypotheses:
        match hypothesis.formula:
            case formula if formula == FALSE:
                return _absurd(tactic, hypothesis.name)
            case Not(Equality(left, right)) if left == right:
                return _absurd(tactic, hypothesis.name)
            case Not(body):
                other = by_size.get(body) or next(
                    (h.name for h in sequent.hypotheses if same_formula(h.formula, body)), None
                )
                if other is not None:
                    return _absurd(tactic, other, hypothesis.name)
    raise TacticError("no hypothesis is False, and none contradicts another")


def _absurd(tactic: Simple, *used: str) -> Applied:
    return Applied((), ByRule("contradiction", used), tactic)


def trivial(sequent: Sequent, _: Simple, context: TacticContext) -> Applied:
    """True, a hypothesis, a contradiction or ``t = t``."""
    if sequent.target == TRUE:
        return Applied((), ByRule("⊤-introduction"), Constructor())
    for attempt in (assumption, contradiction):
        try:
            return attempt(sequent, Simple(attempt.__name__), context)
        except TacticError:
            pass
    match sequent.target:
        case Equality(left, right) if left == right:
            return Applied((), ByRule("reflexivity"), Simple("rfl"))
    raise TacticError(f"'{show(sequent.target)}' is not trivial")


# ---------------------------------------------------------------------------------- bookkeeping


def clear(sequent: Sequent, tactic: Clear, _: TacticContext) -> Applied:
    """Weakening."""
    for name in tactic.names:
        if sequent.find(name) is None:
            raise TacticError(f"unknown hypothesis '{display_name(name)}'")
    return Applied((sequent.without_hypotheses(tactic.names),), ByRule("weakening"), tactic)


def revert(sequent: Sequent, tactic: Revert, _: TacticContext) -> Applied:
    """Put hypotheses and local constants (with all that mention them) back into the target."""
    going, constants_gone = set(), set()
    for name in tactic.names:
        if sequent.find(name):
            going.add(name)
        elif sequent.has_local(name):
            constants_gone.add(name)
        else:
            raise TacticError(f"unknown hypothesis or local constant '{display_name(name)}'")
    going |= {h.name for h in sequent.hypotheses if constants(h.formula) & constants_gone}
    reverted = [h for h in sequent.hypotheses if h.name in going]
    target = sequent.target
    for hypothesis in reversed(reverted):
        target = Binary(Connective.IMPLIES, hypothesis.formula, target)
    gone = [local for local in sequent.locals if local.name in constants_gone]
    for local in reversed(gone):
        target = _abstract(target, local.name, local.sort)
    kept = sequent.without_hypotheses(going)
    goal = replace(kept, target=target, locals=tuple(c for c in sequent.locals if c not in gone))
    names = (*(local.name for local in gone), *(h.name for h in reverted))
    return Applied((goal,), ByRule("revert", tuple(going)), Revert(names))


def _abstract(formula: Formula, constant: str, sort: str | None) -> Formula:
    name = fresh_name(plain_name(constant), all_variables(formula))
    body = replace_part(formula, Function(constant), Variable(name))
    return Quantified(Quantifier.FORALL, name, body, sort)  # type: ignore[arg-type]
