"""The page about a run, in a real headless Chromium: found, sorted, opened, walked through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from prover import events
from prover.bootstrap import BROWSERS
from prover.contracts import FailureKind, Status
from prover.environments.fol.derivation import Derivation
from prover.evaluation.summary import summarise
from prover.reporting.html import ReportData, problem_details, write_report
from prover.reporting.html.page import report_page
from prover.reporting.replay import Story
from prover.trace import Record

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
NASTY = "nasty </script><b id=smuggled> & ⊢ ∀ x, x < @@TITLE@@ 'quoted'"
DERIVATION = """
fof(a1, axiom, ! [X] : (p(X) => q(X)), file('x.p', a1)).
fof(a2, axiom, p(c), file('x.p', a2)).
fof(goal, conjecture, q(c), file('x.p', goal)).
fof(neg, negated_conjecture, ~ q(c), inference(assume_negation, [status(cth)], [goal])).
fof(s1, plain, q(c), inference(rw, [status(thm)], [a1, a2])).
fof(s2, plain, $false, inference(rw, [status(thm)], [neg, s1])).
"""


def attempt(tactic, children, **more):
    return events.Attempt(tactic, -1.0, "symbolic", 0.01, children, **more)


def story(theorem="first", proved=True):
    """A search of four nodes: `constructor` leaves two goals, and one can be had in a circle."""
    told = [
        events.Started(statement=f"theorem {theorem} : p ∧ q", generator="symbolic"),
        events.Opened(0, "names", (1,)),
        events.Reached(1, None, None, 0, ("⊢ p ∧ q",)),
        events.Reached(2, 1, "constructor", 1, ("⊢ p",), -0.5),
        events.Reached(3, 1, "constructor", 1, ("h : q\n⊢ q",)),
        events.Expanded(1, 0, 0, 3, 0, ("And.intro",), (
            attempt("rfl", None, error="not an equality " * 40, failure=FailureKind.ELABORATION),
            attempt("constructor", (2, 3))), 0.02),
        events.Reached(4, 2, "apply f", 2, (NASTY,)),
        events.Expanded(2, 0, 1, 1, 0, (), (
            attempt("apply f", (4,)), attempt("exact hp", ())) if proved else (
            attempt("apply f", (4,)),), 0.01),
        events.Expanded(4, 0, 2, 1, 0, (), (attempt("back", (2,)),), 0.01),
        events.Expanded(3, 0, 1, 1, 0, (), (attempt("assumption", ()),), 0.01),
        events.Finished(Status.PROVED if proved else Status.FAILED, 0.5, 6, 4, 0, None),
    ]
    return Story(theorem, "a.lean", 1, [Record(theorem, "a.lean", 1, 0.1, e) for e in told])


def row(problem, status="proved", seconds=1.0, calls=5):
    return {"problem": problem, "theorem": problem, "file": "a_folder/" * 12 + "a.lean", "line": 1,
            "attempt": 0,
            "status": status, "split": "valid", "seconds": seconds, "tactic_calls": calls,
            "expansions": 2, "proof": "constructor\n· exact hp\n· assumption", "error": None,
            "verdict": {"accepted": True, "checker": "Lean", "version": "4", "axioms": [],
                        "reason": None} if status == "proved" else None}


@pytest.fixture(scope="module")
def data():
    problems = [row("first"), row("second", "timeout", 60.0, 900), row(NASTY, seconds=0.2, calls=1),
                row("derived", seconds=3.0, calls=2)]
    details = {"first": problem_details(story()), NASTY: problem_details(story(NASTY)),
               "second": problem_details(story("second", proved=False)),
               "derived": problem_details(None, [Derivation.parse(DERIVATION)])}
    return ReportData(f"Report {NASTY}", {"generator": "symbolic"}, summarise(problems), problems,
                      details)


def test_the_steps_are_a_proof_and_the_graph_has_every_node():
    details = problem_details(story())
    assert [(s["tactic"], s["leaves"]) for s in details["steps"]] == [
        ("constructor", 2), ("exact hp", 0), ("assumption", 0)]
    nodes = details["graph"]["nodes"]
    assert set(nodes) == {"1", "2", "3", "4"}
    assert [a["tactic"] for a in nodes["2"]["attempts"] if a["proof"]] == ["exact hp"]  # no circle
    assert nodes["1"]["attempts"][0]["proof"] is True
    assert len(nodes["1"]["attempts"][1]["error"]) <= 240
    assert problem_details(story(proved=False))["steps"] == []


def test_large_searches_are_cut_and_say_so():
    told = [events.Opened(0, "names", (0,)), events.Reached(0, None, None, 0, ("⊢ p",))]
    told += [events.Reached(i, i - 1, "t", i, (f"⊢ p{i}",)) for i in range(1, 2000)]
    graph = problem_details(Story("t", "f", 1, [Record("t", "f", 1, 0, e) for e in told]))["graph"]
    assert 0 < len(graph["nodes"]) <= 250
    assert graph["left_out"] == 2000 - len(graph["nodes"])


def test_the_page_repeats_and_needs_no_network(data):
    page = report_page(data)
    assert page == report_page(data)
    for word in ("http://", "https://"):
        assert page.replace("http://www.w3.org/2000/svg", "").count(word) == 0
    assert "<b id=smuggled>" not in page


@contextmanager
def opened(data, path, **options):
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium (Debian: apt-get install chromium)")
    write_report(data, path)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(offline=True, **options).new_page()
        page.set_default_timeout(120_000)
        troubles = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda m: m.type == "error" and troubles.append(m.text))
        page.goto(path.as_uri())
        yield page
        assert troubles == []
        browser.close()


def names(page):
    return page.locator("#problems tbody tr").evaluate_all(
        "rows => rows.map(r => r.dataset.problem)")


def test_a_person_clicks_through_it(data, tmp_path):
    with opened(data, tmp_path / "report.html") as page:
        assert NASTY in page.locator("h1").inner_text()
        assert "3 of 4" in page.locator("#summary").inner_text()
        assert page.locator("#curves svg").count() == 2
        assert names(page) == ["first", "second", NASTY, "derived"]
        page.locator('th[data-column="seconds"] button').click()
        assert names(page) == [NASTY, "first", "derived", "second"]
        page.locator('th[data-column="seconds"] button').click()
        assert names(page)[0] == "second"
        assert page.locator('th[data-column="seconds"]').get_attribute("aria-sort") == "descending"
        page.locator('[data-status="timeout"]').click()
        assert names(page) == ["second"]
        page.locator('[data-status="timeout"]').click()
        page.locator("#search").fill("FIR")
        assert names(page) == ["first"]
        page.locator("#problems tbody tr").click()
        page.locator("#details h2").wait_for()
        assert "theorem first" in page.locator("#details .statement").inner_text()
        page.locator("ol.steps summary").first.click()
        assert "⊢ p ∧ q" in page.locator("ol.steps .goal").first.inner_text()
        assert "constructor" in page.locator(".node .attempts").inner_text()
        page.locator(".node .attempts button", has_text="node 2").click()
        assert "Node 2" in page.locator(".node h3").inner_text()
        assert "exact hp" in page.locator(".node .attempts").inner_text()


def test_one_goes_on_to_the_next_problem_and_back(data, tmp_path):
    with opened(data, tmp_path / "report.html") as page:
        page.locator('tr[data-problem="first"]').click()
        page.locator("#details h2", has_text="first").wait_for()
        page.locator("#details nav a", has_text="Next").click()
        page.locator("#details h2", has_text="second").wait_for()
        assert page.locator('tr[aria-selected="true"]').get_attribute("data-problem") == "second"
        page.locator("#details nav a", has_text="All problems").click()
        assert page.locator("#details").is_hidden()
        assert page.locator('tr[aria-selected="true"]').count() == 0


def test_the_keyboard_is_enough(data, tmp_path):
    with opened(data, tmp_path / "report.html") as page:
        page.locator('tr[data-problem="second"] a').focus()
        page.keyboard.press("Enter")
        page.locator("#details .tree").wait_for()
        page.locator('.tree [role="treeitem"]').first.focus()
        page.keyboard.press("ArrowDown")
        first = page.locator(".node h3").inner_text()
        page.keyboard.press("ArrowUp")
        assert page.locator(".node h3").inner_text() != first
        page.keyboard.press("ArrowLeft")
        assert page.locator('.tree > [role="treeitem"]').get_attribute("aria-expanded") == "false"
        page.keyboard.press("ArrowRight")
        page.keyboard.press("End")
        assert page.locator('.tree [aria-selected="true"]').count() == 1
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.locator("#theme").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_derivations_link_their_parents_and_names_are_harmless(data, tmp_path):
    with opened(data, tmp_path / "report.html") as page:
        page.locator('tr[data-problem="derived"]').click()
        page.locator(".derivation a", has_text="s1").click()
        lit = page.locator(".derivation li.lit b").all_inner_texts()
        assert sorted(lit) == ["a1", "a2", "s1"]
        page.evaluate("name => { location.hash = '#' + encodeURIComponent(name); }", NASTY)
        page.locator("#details h2", has_text="nasty").wait_for()
        assert page.locator("#smuggled").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(data, tmp_path, width, scheme):
    with opened(data, tmp_path / "report.html", color_scheme=scheme,
                viewport={"width": width, "height": 740}) as page:
        page.locator('tr[data-problem="first"]').click()
        page.locator("#details .tree").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground, ink = page.evaluate(
            "(() => { const s = getComputedStyle(document.body);"
            " return [s.backgroundColor, s.color]; })()")
        light = [sum(json.loads(c.replace("rgb(", "[").replace(")", "]"))) for c in (ground, ink)]
        assert (light[0] > light[1]) == (scheme == "light")


def test_prove_writes_a_page_too(tmp_path):
    problem = tmp_path / "easy.p"
    problem.write_text("fof(a, axiom, p(c)).\nfof(goal, conjecture, ? [X] : p(X)).\n")
    page = tmp_path / "page.html"
    subprocess.run([sys.executable, "-m", "prover.cli.app", "prove", str(problem), "--no-cache",
                    "--html", str(page)], check=True, capture_output=True, timeout=200)
    text = page.read_text("utf-8")
    assert '"status":"proved"' in text
    assert 'data-problem="goal"' in text  # the search is there, packed
