"""Prepares ``lean.js``, the Emscripten glue around ``lean.wasm``, to be driven from JavaScript.

As published, the glue assigns every one of its 201,108 exports to a variable and to ``Module``
(89 MB of source, 8 s to start), looks symbols up by linear search (100 s to import ``Init``),
runs Lean's command line at once and keeps its runtime to itself. The changes below remove the
assignments that nothing reads, index the symbols, leave ``main`` alone and hang on ``Module``
what a caller of Lean's compiled functions needs.

Every change states what it expects to find and fails if that is not exactly there: glue of
another build is refused at set-up instead of failing later in the middle of a proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prover.contracts import LemmaError

PATCH_VERSION = 2
"""Rises with every change to the result of `prepare_glue`; installed glue of another version is
prepared anew."""


@dataclass(frozen=True)
class Patch:
    """A replacement of text that must occur exactly once."""

    purpose: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        found = text.count(self.old)
        if found != 1:
            raise _unexpected(f"to {self.purpose}, one place was expected, {found} were found")
        return text.replace(self.old, self.new)


# What callers find on Module once the runtime is initialised. `u8` and `u32` are functions,
# because the views have to be made anew whenever the memory has grown.
_EXPOSED = (
    "FS,NODEFS,ENV,addFunction,exp:wasmExports,"
    "u8:()=>(growMemViews(),HEAPU8),u32:()=>(growMemViews(),HEAPU32),"
    "getWasmTableEntry,wasmTable,wasmMemory,PThread"
)

PATCHES = (
    Patch(
        "take Module from globalThis.LEAN_MODULE and not run main",
        'var Module=typeof Module!="undefined"?Module:{};',
        "var Module=globalThis.LEAN_MODULE??{noInitialRun:true};",
    ),
    Patch(
        "find symbols by name",
        "newSymIndex=Object.keys(lib.exports).indexOf(symbol);",
        "newSymIndex=symbol in lib.exports?0:-1;",
    ),
    Patch(
        "number a symbol only if other threads must be told of it",
        "result=addFunction(result,result.sig);"
        "(growMemViews(),HEAPU32)[symbolIndex>>2]=newSymIndex",
        "result=addFunction(result,result.sig);"
        "(growMemViews(),HEAPU32)[symbolIndex>>2]=Object.keys(lib.exports).indexOf(symbol)",
    ),
    Patch(
        "look the exports up where they are instead of copying them",
        "var mergeLibSymbols=(exports,libName)=>{for(var[sym,exp]of Object.entries(exports)){"
        "const setImport=target=>{if(!isSymbolDefined(target)){wasmImports[target]=exp}};"
        'setImport(sym);const main_alias="__main_argc_argv";if(sym=="main"){setImport(main_alias)}'
        'if(sym==main_alias){setImport("main")}}};',
        "var mergeLibSymbols=(exports,libName)=>{for(const name of Object.keys(wasmImports)){"
        "if(wasmImports[name].stub&&name in exports){wasmImports[name]=exports[name]}}"
        "Object.setPrototypeOf(wasmImports,exports)};",
    ),
    Patch(
        "give the exported functions their places in the table at once, and only those symbols an "
        "entry in the global offset table that are imported through it",
        "for(var symName in exports){if(isInternalSym(symName)){continue}"
        "var value=exports[symName];var existingEntry=GOT[symName]&&GOT[symName].value!=-1;"
        "if(replace||!existingEntry){var newValue;"
        'if(typeof value=="function"){newValue=addFunction(value)}'
        'else if(typeof value.value=="number"){newValue=value}else{continue}'
        'GOT[symName]??=new WebAssembly.Global({value:"i32",mutable:true});'
        "GOT[symName].value=newValue}}",
        "getFunctionAddress(updateGOT);const first=wasmTable.length,fresh=[];"
        "for(const name in exports){const value=exports[name];"
        'if(typeof value=="function"&&!functionsInTableMap.has(value)&&!isInternalSym(name)){'
        "functionsInTableMap.set(value,first+fresh.length);fresh.push(value)}}"
        "wasmTable.grow(fresh.length);fresh.forEach((value,i)=>wasmTable.set(first+i,value));"
        "for(const name in GOT){const value=exports[name];"
        "if(value===undefined||isInternalSym(name)||!replace&&GOT[name].value!=-1){continue}"
        'if(typeof value=="function"){GOT[name].value=functionsInTableMap.get(value)}'
        'else if(typeof value.value=="number"){GOT[name].value=value.value}}',
    ),
    Patch("start no threads ahead of need", "var pthreadPoolSize=4;", "var pthreadPoolSize=0;"),
    Patch(
        "expose the runtime",
        "function initRuntime(){",
        f"function initRuntime(){{Object.assign(Module,{{{_EXPOSED}}});",
    ),
)

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_EXPORT = re.compile(
    r'(?P<name>[A-Za-z_$][\w$]*)=Module\["(?P=name)"\]=(?:(?P<alias>[A-Za-z_$][\w$]*)=)?'
    r'wasmExports\["[^"]+"\](?:\.value)?'
)
_ASSIGNMENTS_BEGIN = "function assignWasmExports(wasmExports){"


def prepare_glue(source: str) -> str:
    """``lean.js`` as published → ``lean.js`` as Lemma's server loads it.

    Raises `LemmaError` if ``source`` is not the glue that this was written for.
    """
    glue = _Glue.parse(source)
    runtime = glue.runtime
    for patch in PATCHES:
        runtime = patch.apply(runtime)
    return _Glue.join(runtime, *glue.exports_used_by(runtime))


@dataclass(frozen=True)
class _Glue:
    """The three parts of the glue: the runtime around the exports, with ``_MARK`` where they
    stood; the variables declared for them; and the statements that assign them."""

    runtime: str
    variables: list[str]
    assignments: list[str]

    _MARK = "/*exports*/"

    @classmethod
    def parse(cls, source: str) -> _Glue:
        if source.count(_ASSIGNMENTS_BEGIN) != 1:
            raise _unexpected("the function that assigns the exports is not where it should be")
        begin = source.index(_ASSIGNMENTS_BEGIN)
        end = source.index("}", begin) + 1
        declaration = source.rfind("var ", 0, begin)
        variables = source[declaration + len("var ") : begin].removesuffix(";").split(",")
        if declaration < 0 or not all(map(_IDENTIFIER.fullmatch, variables)):
            raise _unexpected("the variables of the exports are not declared where they should be")
        assignments = source[begin + len(_ASSIGNMENTS_BEGIN) : end - 1].split(";")
        return cls(source[:declaration] + cls._MARK + source[end:], variables, assignments)

    @classmethod
    def join(cls, runtime: str, variables: list[str], assignments: list[str]) -> str:
        declaration = f"var {','.join(variables)};" if variables else ""
        function = _ASSIGNMENTS_BEGIN + ";".join(assignments) + "}"
        return runtime.replace(cls._MARK, declaration + function)

    def exports_used_by(self, runtime: str) -> tuple[list[str], list[str]]:
        """The variables and assignments without those whose names ``runtime`` never mentions."""
        mentioned = set(_IDENTIFIER.findall(runtime))
        kept, dropped = [], set()
        for assignment in self.assignments:
            export = _EXPORT.fullmatch(assignment)
            if export is None:
                raise _unexpected(f"an export is assigned in another form: {assignment[:80]!r}")
            if mentioned.isdisjoint(filter(None, export.group("name", "alias"))):
                dropped.add(export["name"])
            else:
                kept.append(assignment)
        return [name for name in self.variables if name not in dropped], kept


def _unexpected(what: str) -> LemmaError:
    return LemmaError(
        f"lean.js is not the one that Lemma knows how to prepare: {what}",
        remedy="run `lemma setup` again; if it stays, please report it with your Lemma version",
    )
