"""The TPTP reader: all of the syntax, errors with their place, includes, odd files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.contracts import InputError
from prover.environments.fol.syntax import (
    FormulaData,
    Function,
    Language,
    Pair,
    Problem,
    Record,
    Role,
    TypeDeclaration,
)
from prover.environments.fol.tptp import (
    format_problem,
    parse_formula,
    parse_problem,
    parse_term,
    read_problem,
)
from tests.fol.strategies import annotated


@settings(max_examples=50)
@given(st.lists(annotated(), max_size=3))
def test_printed_problems_are_read_back(formulas):
    problem = Problem(tuple(formulas))
    assert parse_problem(format_problem(problem)) == problem


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("p <= q", "q => p"),
        ("p <~> q", "~ (p <=> q)"),
        ("p ~& q", "~ (p & q)"),
        ("p ~| q", "~ (p | q)"),
        ("~p&~q", "(~ p) & (~ q)"),
        ("a!=b", "~ (a = b)"),
        ("~ a = b", "a != b"),
        ("![X]:?[Y]:p(X,Y)", "! [X] : (? [Y] : p(X,Y))"),
        ("! [X] : p(X) | q", "(! [X] : p(X)) | q"),
        ("p(+1)", "p(1)"),
        ("'p'('f'(a))", "p(f(a))"),
        ("$distinct(a,b,c)", "(a != b & a != c) & b != c"),
        ("p /* a *** comment */ & % another\n q", "p & q"),
        ("((((p))))", "p"),
    ],
)
def test_syntax(text, meaning):
    assert parse_formula(text) == parse_formula(meaning)


@pytest.mark.parametrize(
    "text", ["'a b'", "\"d 'o'\"", "'it\\'s'", "-12", "3/4", "1.5E-3", "$foo(a)"]
)
def test_names_keep_their_spelling(text):
    assert str(parse_term(text)) == text


def test_quotes_that_are_not_needed_are_dropped():
    assert parse_term("'abc'") == Function("abc")
    assert parse_problem("fof('ax',axiom,p).").formulas[0].name == "ax"
    assert parse_term("'$abc'") != parse_term("$abc")


def test_annotations_are_kept():
    [formula] = parse_problem(
        "fof(x,plain,p,inference(spm,[status(thm),pos(1:2)],[a,rw('B b',[]),$fof(! [X] : q(X)),"
        "bind(X,$fot(f(a)))]),[proof, 'C d']).",
    ).formulas
    assert formula.source == Record(
        "inference",
        (
            "spm",
            (Record("status", ("thm",)), Record("pos", (Pair("1", "2"),))),
            (
                "a",
                Record("rw", ("'B b'", ())),
                FormulaData("fof", parse_formula("! [X] : q(X)")),
                Record("bind", ("X", FormulaData("fot", parse_term("f(a)")))),
            ),
        ),
    )
    assert formula.annotations == ("proof", "'C d'")


def test_types():
    problem = parse_problem(
        "tff(n,type,nat: $tType). tff(z,type,zero: nat). tff(s,type,suc: nat > nat)."
        "tff(l,type,(less: (nat * nat) > $o))."
        "tff(a,axiom,! [N: nat] : less(N,suc(N)))."
        "tff(c,conjecture,? [N: nat] : less(zero,N))."
    )
    assert [t.symbol for t in problem.types] == ["nat", "zero", "suc", "less"]
    assert problem.types[3] == TypeDeclaration("l", "less", ("nat", "nat"), "$o")
    assert problem.formulas[0].language is Language.TFF
    assert parse_problem(format_problem(problem)) == problem
    assert problem.is_typed


def test_typed_clauses_are_read_as_e_writes_them():
    [clause] = parse_problem("tcf(c,plain,![X: nat]:(p(X)|~q(X)),a).").formulas
    assert clause.language is Language.TFF
    assert clause.closed == clause.formula


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TYPE])
def test_roles(role):
    assert parse_problem(f"fof(a,{role},p).").formulas[0].role is role


def test_lines_are_those_of_the_formulas():
    problem = parse_problem("% head\n\nfof(a,axiom,p).\n/* two\nlines */ fof(b,\naxiom,q).")
    assert [f.line for f in problem.formulas] == [3, 5]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("fof(a,axiom,(p & q).", 1, "column 20: expected ')', found '.'"),
        ("fof(a,axiom,\n  p & q | r).", 2, "column 9: expected parentheses"),
        ("fof(a,axiom,p)", 1, "expected '.', found the end of the text"),
        ("fof(a,axiom,p => q => r).", 1, "column 20: expected parentheses"),
        ("fof(a,axiom,p q).", 1, "expected ')', found 'q'"),
        ("fof(a,axiom,p(X)).", 1, "variable X is not quantified"),
        ("fof(a,axom,p).", 1, "column 7: expected a role"),
        ("fof(a,axiom,p(a).", 1, "expected ')', found '.'"),
        ("fof(a,axiom,f(a,) = b).", 1, "expected a formula or term, found ')'"),
        ("fof(a,axiom,! [x] : p).", 1, "expected a variable"),
        ("fof(a,axiom,! [X] p(X)).", 1, "expected ':', found 'p'"),
        ("fof(a,axiom,! [X] : X).", 1, "expected '=' or '!='"),
        ("fof(a,axiom,! [X] : X(a) = a).", 1, "no arguments after a variable"),
        ("fof(a,axiom,12).", 1, "expected '=' or '!='"),
        ("cnf(a,axiom,p & q).", 1, "expected a disjunction of literals"),
        ("thf(a,axiom,p).", 1, "thf formulas are not supported"),
        ("tff(a,type,f: !> [A: $tType] : A).", 1, "polymorphic"),
        ("fof(a,type,f: $i).", 1, "only tff has types"),
        ("fof(a,axiom,'p).", 1, "a quotation that does not end"),
        ("fof(a,axiom,p). /* open", 1, "a comment that is never closed"),
        ("fof(a,axiom,$ite(p,q,r)).", 1, "$ite is not supported"),
        ("include(foo).", 1, "expected a file name in single quotes"),
        ("hello", 1, "expected fof, cnf, tff or include, found 'hello'"),
    ],
)
def test_mistakes_are_told_with_their_place(text, line, message):
    with pytest.raises(InputError) as caught:
        parse_problem(text, file="x.p")
    assert str(caught.value).startswith(f"x.p:{line}: column ")
    assert message in str(caught.value)


def test_the_rest_of_a_broken_file_is_read():
    errors: list[InputError] = []
    problem = parse_problem(
        "fof(a,axiom,p).\nfof(b,axiom,(q).\nfof(c,axiom,! [X] : ).\n\nfof(d,conjecture,p).\nfof(e",
        file="x.p",
        errors=errors,
    )
    assert [f.name for f in problem.formulas] == ["a", "d"]
    assert [error.line for error in errors] == [2, 3, 6]


@given(st.text("fofcnf(),.aXp!?[]:~&|=<>'\"$%/* \n\\", max_size=60))
def test_no_text_breaks_the_reader(text):
    errors: list[InputError] = []
    problem = parse_problem(text, errors=errors)
    assert errors or parse_problem(format_problem(problem)) == problem


def test_deep_nesting():
    assert parse_formula("(" * 10_000 + "p" + ")" * 10_000) == parse_formula("p")
    deep = parse_formula("~ (! [X] : (" * 5_000 + "p(a)" + "))" * 5_000)
    assert parse_formula(str(deep)) == deep
    with pytest.raises(InputError, match="expected"):
        parse_formula("(" * 10_000 + "p" + ")" * 9_999)


# ------------------------------------------------------------------------------------------ files


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.p").write_text(text)


def test_includes_are_relative_and_selective(tmp_path):
    (tmp_path / "axioms").mkdir()
    write(tmp_path, main="include('axioms/a.p',[x,'y z']).\nfof(c,conjecture,p).")
    write(tmp_path / "axioms", a="fof(x,axiom,p). include('b.p'). fof(w,axiom,q).")
    write(tmp_path / "axioms", b="fof('y z',axiom,r). fof(v,axiom,s).")
    problem = read_problem(tmp_path / "main.p")
    assert [f.name for f in problem.formulas] == ["x", "'y z'", "c"]
    assert problem.formulas[1].file == str(tmp_path / "axioms" / "b.p")


def test_includes_are_looked_for_in_the_library(tmp_path, monkeypatch):
    (tmp_path / "lib" / "Axioms").mkdir(parents=True)
    write(tmp_path / "lib" / "Axioms", a="fof(x,axiom,p).")
    write(tmp_path, main="include('Axioms/a.p').")
    monkeypatch.delenv("TPTP", raising=False)
    with pytest.raises(InputError, match=r"main.p:1: included file 'Axioms/a.p' not found.*TPTP"):
        read_problem(tmp_path / "main.p")
    monkeypatch.setenv("TPTP", str(tmp_path / "lib"))
    assert len(read_problem(tmp_path / "main.p").formulas) == 1


def test_an_include_cycle_is_shown(tmp_path):
    write(tmp_path, a="fof(x,axiom,p).\ninclude('b.p').", b="include('a.p').")
    with pytest.raises(InputError, match=r"b.p:1: include cycle: a.p → b.p → a.p"):
        read_problem(tmp_path / "a.p")
    errors: list[InputError] = []
    assert len(read_problem(tmp_path / "a.p", errors=errors).formulas) == 1
    assert len(errors) == 1


def test_including_a_file_twice_is_no_cycle(tmp_path):
    write(tmp_path, a="include('b.p',[x]).\ninclude('b.p',[y]).")
    write(tmp_path, b="fof(x,axiom,p). fof(y,axiom,q).")
    assert [f.name for f in read_problem(tmp_path / "a.p").formulas] == ["x", "y"]


def test_a_selected_name_must_exist(tmp_path):
    write(tmp_path, a="include('b.p',[x,zz]).", b="fof(x,axiom,p).")
    with pytest.raises(InputError, match=r"a.p:1: 'b.p' has no formula named zz"):
        read_problem(tmp_path / "a.p")


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_problem(tmp_path / "missing.p")
    with pytest.raises(InputError, match="Is a directory"):
        read_problem(tmp_path)
    (tmp_path / "latin.p").write_bytes(b"fof(a,axiom,p).\n% caf\xe9\n")
    with pytest.raises(InputError, match=r"latin.p:2: not UTF-8 text: byte 0xe9.*convert"):
        read_problem(tmp_path / "latin.p")
    (tmp_path / "binary.p").write_bytes(bytes(range(128)))
    with pytest.raises(InputError, match=r"binary.p:1"):
        read_problem(tmp_path / "binary.p")


def test_an_empty_file_is_an_empty_problem(tmp_path):
    (tmp_path / "empty.p").write_text("\n % nothing\n")
    problem = read_problem(tmp_path / "empty.p")
    assert problem.formulas == ()
    assert problem.goal is None


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "bom.p").write_bytes(b"\xef\xbb\xbffof(a,axiom,p).")
    assert len(read_problem(tmp_path / "bom.p").formulas) == 1


def test_a_hundred_thousand_axioms(tmp_path):
    with (tmp_path / "huge.p").open("w") as file:
        file.writelines(f"fof(a{i},axiom,p{i}(c) => p{i + 1}(c)).\n" for i in range(100_000))
        file.write("fof(c,conjecture,p0(c) => p3(c)).\n")
    problem = read_problem(tmp_path / "huge.p")
    assert len(problem.premises) == 100_000
    assert problem.formulas[-1].line == 100_001
