"""What distinguishes each strategy from the others, on small hand-made searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from search.a_star import AStar
from search.beam import Beam
from search.best_first import BestFirst
from search.contracts import Outcome, State
from search.depth_first import DepthFirst
from search.graph import ProofGraph
from search.mcts import MonteCarloTreeSearch
from search.multi_perspective import MultiPerspective
from search.nodes import Change
from search.particles import Particles
from search.portfolio import Portfolio
from search.rollouts import Rollouts
from search.strategy import GraphStrategy

# For each state its tactics: a log-probability and the states that are left.
Tactics = Mapping[str, Sequence[tuple[float, Sequence[str]]]]


def goal(name: str) -> State:
    """A state; ``name:50`` has size 50."""
    return State(name, size=int(name.split(":")[1]) if ":" in name else 1)


def follow(
    strategy: GraphStrategy, tactics: Tactics, steps: int, *, more: bool = False
) -> list[str]:
    """Answer one expansion after the other; the states in the order in which they came."""
    order: list[str] = []
    for _ in range(steps):
        for expansion in strategy.ask(1):
            name = str(expansion.state.key)
            order.append(name)
            answers = [] if expansion.round else [
                Outcome(f"{name}.{i}", log_prob, tuple(map(goal, children)))
                for i, (log_prob, children) in enumerate(tactics.get(name, ()))]
            strategy.tell(expansion, answers, more=more)
    return order


WIDE_OR_DEEP: Tactics = {
    "root": [(-1.0, ["deep"]), (-1.5, ["wide"])],
    "deep": [(-1.0, ["deeper"])],
}


def test_length_normalisation_lets_a_deep_path_compete() -> None:
    """With equal log-probability a step, the plain sum prefers the shallow alternative."""
    def order(alpha: float) -> list[str]:
        strategy = BestFirst([goal("root")], alpha=alpha, size_weight=0.0)
        return follow(strategy, WIDE_OR_DEEP, 3)
    assert order(0.0) == ["root", "deep", "wide"]
    assert order(1.0) == ["root", "deep", "deeper"]


def test_later_rounds_come_after_better_states() -> None:
    strategy = BestFirst([goal("root")])
    assert follow(strategy, {"root": [(-0.1, ["child"])]}, 2, more=True) == ["root", "child"]


def test_the_best_untried_tactic_of_a_state_competes_with_new_states() -> None:
    tactics: Tactics = {
        "root": [(-0.1, ["likely"]), (-1.2, ["unlikely"])], "likely": [(-3.0, ["far"])],
    }
    foreseen = BestFirst([goal("root")], alpha=0.0, size_weight=0.0)
    assert follow(foreseen, tactics, 3, more=True) == ["root", "likely", "root"]
    blind = BestFirst([goal("root")], alpha=0.0, size_weight=0.0, foresight=0.0, widening=2.0)
    assert follow(blind, tactics, 3, more=True) == ["root", "likely", "unlikely"]


def test_a_node_moves_up_the_queue_when_a_better_path_to_it_is_found() -> None:
    strategy = BestFirst([goal("root")], alpha=0.0)
    tactics: Tactics = {
        "root": [(-0.1, ["near"]), (-5.0, ["shared"]), (-1.0, ["other"])],
        "near": [(-0.1, ["shared"])],
    }
    assert follow(strategy, tactics, 4) == ["root", "near", "shared", "other"]


def test_a_better_path_to_a_node_does_not_hasten_its_later_rounds() -> None:
    strategy = BestFirst([goal("root")], alpha=0.0, widening=2.0, size_weight=0.0)
    tactics: Tactics = {
        "root": [(-0.1, ["near"]), (-0.5, ["shared"]), (-2.0, ["other"])],
        "near": [(-0.1, ["shared"])],
    }
    assert follow(strategy, tactics, 4, more=True) == ["root", "near", "shared", "other"]


def test_a_star_counts_what_a_split_leaves_open_beside_the_path() -> None:
    tactics: Tactics = {"root": [(-0.5, ["half:9", "other half:200"]), (-0.6, ["whole:30"])]}
    assert follow(AStar([goal("root")]), tactics, 2) == ["root", "whole:30"]
    best_first = BestFirst([goal("root")], alpha=0.0, size_weight=0.0)
    assert follow(best_first, tactics, 2)[1] in {"half:9", "other half:200"}


def test_a_beam_leaves_aside_what_does_not_fit_and_comes_back_to_it() -> None:
    tactics: Tactics = {
        "root": [(-0.1, ["a"]), (-0.2, ["b"]), (-0.3, ["c"])],
        "a": [(-0.1, ["a1"])], "b": [(-0.1, ["b1"])],
    }
    beam = Beam([goal("root")], width=2)
    assert follow(beam, tactics, 6) == ["root", "a", "b", "a1", "b1", "c"]


def test_depth_first_goes_down_to_the_limit_and_then_deepens() -> None:
    tactics: Tactics = {
        "root": [(-0.1, ["a"]), (-0.2, ["b"])],
        "a": [(-0.1, ["a1"])], "a1": [(-0.1, ["a2"])], "b": [(-0.1, ["b1"])],
    }
    strategy = DepthFirst([goal("root")], limit=2, step=2)
    assert follow(strategy, tactics, 6) == ["root", "a", "a1", "b", "b1", "a2"]


def test_simulations_learn_where_the_value_is() -> None:
    """Two tactics of equal probability; below one of them, all goals are long."""
    tactics: dict[str, list[tuple[float, list[str]]]] = {
        "root": [(-0.7, ["good"]), (-0.7, ["bad:4000"])]}
    for number in range(200):
        good = "good" + "+" * number
        bad = "bad" + "+" * number + ":4000"
        tactics[good] = [(-0.7, [good + "+"]), (-0.7, [good + "-"])]
        tactics[bad] = [(-0.7, ["bad" + "+" * (number + 1) + ":4000"])]
    order = follow(MonteCarloTreeSearch([goal("root")]), tactics, 60)
    assert sum(name.startswith("good") for name in order) > 40


def test_a_tactic_that_leads_round_in_a_circle_is_worth_nothing() -> None:
    strategy = MonteCarloTreeSearch([goal("root")])
    tactics: Tactics = {"root": [(-0.1, ["a"])], "a": [(-0.1, ["root"]), (-3.0, ["exit"])],
                        "exit": [(-0.1, ["further"])]}
    follow(strategy, tactics, 12, more=True)
    (back,) = (edge.number for edge in strategy.graph.edges if edge.children == (0,))
    ((visits, total),) = (a[1:3] for a in strategy.save()["own"]["arms"] if a[0] == back)
    assert visits > 0
    assert total == 0


def test_a_simulation_follows_all_goals_of_a_tactic() -> None:
    strategy = MonteCarloTreeSearch([goal("root")])
    follow(strategy, {"root": [(-0.1, ["left", "right"])]}, 1)
    assert {e.state.key for e in strategy.ask(2)} == {"left", "right"}


def test_perspectives_take_turns() -> None:
    """By probability alone "likely" would come first, by size alone last."""
    tactics: Tactics = {"root": [(-0.1, ["likely:90"]), (-3.0, ["short:2"]), (-4.0, ["x:50"]),
                                 (-4.0, ["y:50"]), (-4.0, ["z:50"])]}
    order = follow(MultiPerspective([goal("root")]), tactics, 5)
    assert order[:2] == ["root", "short:2"]
    assert "likely:90" in order


def test_values_and_mutual_information_get_turns_once_they_are_given() -> None:
    strategy = MultiPerspective([goal("root")])
    (root,) = strategy.ask(1)
    strategy.tell(root, [
        Outcome("a", -0.1, (State("probable", size=9, value=-5.0),), pmi=0.5),
        Outcome("b", -3.0, (State("valued", size=9, value=-0.1),), pmi=0.1),
        Outcome("c", -4.0, (State("telling", size=9, value=-5.0),), pmi=2.0)], more=False)
    first = [e.state.key for _ in range(3) for e in strategy.ask(1)]
    assert set(first) == {"probable", "valued", "telling"}


def test_novelty_prefers_tactics_that_were_seldom_followed() -> None:
    """An unlikely, long goal is reached at last because its tactic is a new one."""
    strategy = MultiPerspective([goal("root")])
    (root,) = strategy.ask(1)
    strategy.tell(root, [Outcome("simp", -0.1, tuple(State(f"s{i}", size=1) for i in range(9))),
                         Outcome("induction", -9.0, (State("i", size=99),))], more=False)
    assert "i" in {e.state.key for e in strategy.ask(5)}


@pytest.mark.parametrize("kind", [Rollouts, Particles])
def test_samples_follow_the_probabilities(kind: type[Rollouts] | type[Particles]) -> None:
    """First samples only: later ones depend on what was explored before."""
    tactics: Tactics = {"root": [(-0.1, ["likely"]), (-2.4, ["unlikely"])]}
    second = Counter(follow(kind([goal("root")], seed=seed), tactics, 2)[1] for seed in range(60))
    assert second["likely"] > 2 * second["unlikely"] > 0


def test_particles_gather_where_the_potential_is() -> None:
    """Of two equally probable tactics one leaves a goal too long to hope for."""
    tactics: Tactics = {
        "root": [(-0.7, ["short:2"]), (-0.7, ["long:100000000"])],
        "short:2": [(-0.7, ["short:1"])], "long:100000000": [(-0.7, ["long:99999999"])],
        "short:1": [(-0.7, ["short:0"])], "long:99999999": [(-0.7, ["long:99999998"])],
    }
    order = follow(Particles([goal("root")], population=32), tactics, 4)
    assert order == ["root", "short:2", "short:1", "short:0"]


class Stubborn(GraphStrategy):
    """Expands only states whose names begin with ``prefix``, as long as there are any."""

    prefix = ""

    def _select(self) -> int | None:
        return next((n for n in self.graph.frontier()
                     if str(self.graph.nodes[n].state.key).startswith(("root", self.prefix))), None)

    def observe(self, change: Change) -> None:
        """Nothing to note."""

    def _save(self) -> dict[str, object]:
        return {}

    def _load(self, saved: dict[str, object]) -> None:
        """Nothing to restore."""


class Lucky(Stubborn):
    prefix = "lucky"


class Unlucky(Stubborn):
    prefix = "unlucky"


def test_a_portfolio_moves_its_budget_to_who_progresses() -> None:
    """The goals of one member get shorter and shorter, those of the other longer."""
    strategy = Portfolio([goal("root")], members=[
        lambda graph, seed: Unlucky(graph, seed=seed), lambda graph, seed: Lucky(graph, seed=seed)])
    tactics: Tactics = {
        "root": [(-1.0, ["lucky:1000"]), (-1.0, ["unlucky:1000"])],
        **{f"lucky:{1000 - n}": [(-1.0, [f"lucky:{999 - n}"])] for n in range(100)},
        **{f"unlucky:{1000 + n}": [(-1.0, [f"unlucky:{1001 + n}"])] for n in range(100)},
    }
    taken = Counter(name.split(":")[0] for name in follow(strategy, tactics, 80))
    assert taken["lucky"] > 2 * taken["unlucky"] > 0


def test_members_of_a_portfolio_share_what_they_learn() -> None:
    strategy = Portfolio([goal("root")])
    assert all(member.graph is strategy.graph for member in strategy.members)
    order = follow(strategy, WIDE_OR_DEEP, 10)
    assert sorted(order) == ["deep", "deeper", "root", "wide"]


def test_a_portfolio_has_members() -> None:
    with pytest.raises(ValueError, match="at least one member"):
        Portfolio([goal("root")], members=[])


def test_a_strategy_joins_a_graph_that_others_have_explored() -> None:
    graph = ProofGraph([goal("root")])
    follow(BestFirst(graph), WIDE_OR_DEEP, 2)
    assert sorted(follow(BestFirst(graph), WIDE_OR_DEEP, 3)) == ["deeper", "wide"]
