'use strict';
/**
 * The layout of every Lean structure that this server reads or builds: the one place to look when
 * the build changes.
 *
 * Lean lays a constructor out as its pointer fields in the order of declaration, then its scalar
 * fields (`usize`, then by size, then in order). Structures with one pointer field only are erased
 * (`MVarId` is a `Name`, `Options` a list), so they have no layout. `probes.js` compares each
 * layout with a live object at start-up.
 */

/**
 * @typedef {object} Layout
 * @property {string} title Lean's name of it
 * @property {number} tag index of the constructor
 * @property {string[]} fields pointer fields in order
 * @property {number} scalarBytes
 */

/**
 * A layout whose pointer fields are also properties: `CoreState.env === 0`.
 * @param {string} title @param {string[]} fields
 * @param {{tag?: number, scalars?: string[], scalarBytes?: number}} [more] `scalars` are byte
 * fields and become properties with their offset; `scalarBytes` when there are wider ones
 * @returns {Layout & Record<string, number>}
 */
function layout(title, fields, more = {}) {
  const scalars = more.scalars ?? [];
  const result = { title, tag: more.tag ?? 0, fields, scalarBytes: more.scalarBytes ?? scalars.length };
  fields.forEach((field, index) => { result[field] = index; });
  scalars.forEach((scalar, offset) => { result[scalar] = offset; });
  return Object.freeze(result);
}

// -- elaboration monads ------------------------------------------------------------------------

const CoreContext = layout('Core.Context', [
  'fileName', 'fileMap', 'options', 'currRecDepth', 'maxRecDepth', 'ref', 'currNamespace',
  'openDecls', 'initHeartbeats', 'maxHeartbeats', 'quotContext', 'currMacroScope', 'cancelToken',
  'inheritedTraceOptions',
], { scalars: ['diag', 'suppressElabErrors'] });

const CoreState = layout('Core.State', [
  'env', 'nextMacroScope', 'ngen', 'auxDeclNGen', 'traceState', 'cache', 'messages', 'infoState',
  'snapshotTasks',
]);

const MetaContext = layout('Meta.Context', [
  'keyedConfig', 'zetaDeltaSet', 'lctx', 'localInstances', 'defEqContext', 'synthPendingDepth',
  'canUnfold',
], { scalarBytes: 4 });

const MetaState = layout('Meta.State', ['mctx', 'cache', 'zetaDeltaFVarIds', 'postponed', 'diag']);

const TermContext = layout('Term.Context', [
  'declName', 'macroStack', 'autoBoundImplicitContext', 'autoBoundImplicitForbidden',
  'sectionVars', 'sectionFVars', 'tacSnap', 'fixedTermElabs',
], {
  scalars: [
    'mayPostpone', 'errToSorry', 'implicitLambda', 'heedElabAsElim', 'isNoncomputableSection',
    'ignoreTCFailures', 'inPattern', 'saveRecAppSyntax', 'holesAsSyntheticOpaque',
    'checkDeprecated',
  ],
});

const TermState = layout('Term.State', [
  'levelNames', 'syntheticMVars', 'pendingMVars', 'mvarErrorInfos', 'levelMVarErrorInfos',
  'mvarArgNames', 'letRecsToLift',
]);

const TacticContext = layout('Tactic.Context', ['elaborator'], { scalars: ['recover'] });

const InfoState = layout('Elab.InfoState', ['assignment', 'lazyAssignment', 'trees'], {
  scalars: ['enabled'],
});

// -- commands ------------------------------------------------------------------------------------

const CommandContext = layout('Command.Context', [
  'fileName', 'fileMap', 'currRecDepth', 'cmdPos', 'macroStack', 'quotContext', 'currMacroScope',
  'ref', 'snap', 'cancelToken',
], { scalars: ['suppressElabErrors'] });

const CommandState = layout('Command.State', [
  'env', 'messages', 'scopes', 'usedQuotCtxts', 'nextMacroScope', 'maxRecDepth', 'ngen',
  'auxDeclNGen', 'infoState', 'traceState', 'snapshotTasks',
]);

const CommandScope = layout('Command.Scope', [
  'header', 'options', 'currNamespace', 'openDecls', 'levelNames', 'varDecls', 'varUIds',
  'includedVars', 'omittedVars', 'attrs',
], { scalars: ['isNoncomputable', 'isPublic', 'isMeta'] });

const Message = layout('Message', ['fileName', 'pos', 'endPos', 'caption', 'data'], {
  scalars: ['keepFullRange', 'severity', 'isSilent'],
});

const Position = layout('Position', ['line', 'column']);

// -- printing ------------------------------------------------------------------------------------

const PPContext = layout('PPContext', [
  'env', 'mctx', 'lctx', 'opts', 'currNamespace', 'openDecls',
]);

const PPFns = layout('PPFns', [
  'ppExprWithInfos', 'ppConstNameWithInfos', 'ppTerm', 'ppLevel', 'ppGoal',
]);

// -- metavariables and local contexts ----------------------------------------------------------

const MetavarContext = layout('MetavarContext', [
  'depth', 'levelAssignDepth', 'mvarCounter', 'lDepth', 'decls', 'userNames', 'lAssignment',
  'eAssignment', 'dAssignment',
]);

const MetavarDecl = layout('MetavarDecl', [
  'userName', 'lctx', 'type', 'depth', 'localInstances', 'numScopeArgs', 'index',
], { scalars: ['kind'] });

const LocalContext = layout('LocalContext', ['fvarIdToDecl', 'decls', 'auxDeclToFullName']);

const LocalCDecl = layout('LocalDecl.cdecl', ['index', 'fvarId', 'userName', 'type'], {
  tag: 0, scalars: ['binderInfo', 'kind'],
});

const LocalLDecl = layout('LocalDecl.ldecl', ['index', 'fvarId', 'userName', 'type', 'value'], {
  tag: 1, scalars: ['nondep', 'kind'],
});

/** `LocalDeclKind`. */
const LocalDeclKind = Object.freeze({ default: 0, implDetail: 1, auxDecl: 2 });

/** `MetavarKind`. */
const MetavarKind = Object.freeze({ natural: 0, synthetic: 1, syntheticOpaque: 2 });

// -- expressions -----------------------------------------------------------------------------------

/** `Expr`'s constructors; each object also carries 8 bytes of cached data (hash and flags). */
const ExprTag = Object.freeze({
  bvar: 0, fvar: 1, mvar: 2, sort: 3, const: 4, app: 5, lam: 6, forallE: 7, letE: 8, lit: 9,
  mdata: 10, proj: 11,
});
const EXPR_BINDER_INFO_OFFSET = 8;
/** Words of the cached data, and the bits of the second that say whether metavariables occur. */
const ExprData = Object.freeze({ hash: 0, flags: 4, hasMVar: (1 << 9) | (1 << 10) });
/** A `Name` that is not anonymous carries its 64-bit hash. */
const NAME_HASH_OFFSET = 0;
const LevelTag = Object.freeze({ zero: 0, succ: 1, max: 2, imax: 3, param: 4, mvar: 5 });
const LiteralTag = Object.freeze({ nat: 0, string: 1 });

// -- declarations ----------------------------------------------------------------------------------

/** `ConstantInfo`'s constructors, each around one value. */
const ConstantTag = Object.freeze({
  axiom: 0, def: 1, theorem: 2, opaque: 3, quot: 4, inductive: 5, ctor: 6, rec: 7,
});
/** In the order of `ConstantTag`. */
const CONSTANT_KINDS = Object.freeze([
  'axiom', 'def', 'theorem', 'opaque', 'quot', 'inductive', 'ctor', 'rec',
]);
/** `ConstantKind`, by which an environment remembers what an import was before it was abridged. */
const ORIGINAL_KINDS = Object.freeze([
  'def', 'theorem', 'axiom', 'opaque', 'quot', 'inductive', 'ctor', 'rec',
]);

const ConstantVal = layout('ConstantVal', ['name', 'levelParams', 'type']);
const AxiomVal = layout('AxiomVal', ['constant'], { scalars: ['isUnsafe'] });
const DefinitionVal = layout('DefinitionVal', ['constant', 'value', 'hints', 'all'], {
  scalars: ['safety'],
});
const TheoremVal = layout('TheoremVal', ['constant', 'value', 'all']);
const OpaqueVal = layout('OpaqueVal', ['constant', 'value', 'all'], { scalars: ['isUnsafe'] });
const QuotVal = layout('QuotVal', ['constant'], { scalars: ['kind'] });
const InductiveVal = layout('InductiveVal', [
  'constant', 'numParams', 'numIndices', 'all', 'ctors', 'numNested',
], { scalars: ['isRec', 'isUnsafe', 'isReflexive'] });
const ConstructorVal = layout('ConstructorVal', [
  'constant', 'induct', 'cidx', 'numParams', 'numFields',
], { scalars: ['isUnsafe'] });
const RecursorVal = layout('RecursorVal', [
  'constant', 'all', 'numParams', 'numIndices', 'numMotives', 'numMinors', 'rules',
], { scalars: ['k', 'isUnsafe'] });
const RecursorRule = layout('RecursorRule', ['ctor', 'nfields', 'rhs']);
/** `DefinitionSafety`. */
const SAFETY = Object.freeze(['unsafe', 'safe', 'partial']);

/** `Declaration`'s constructors. */
const DeclarationTag = Object.freeze({
  axiom: 0, def: 1, theorem: 2, opaque: 3, quot: 4, mutualDef: 5, inductive: 6,
});
const InductiveType = layout('InductiveType', ['name', 'type', 'ctors']);
const InductiveDeclaration = layout('Declaration.inductDecl', ['levelParams', 'numParams', 'types'], {
  tag: DeclarationTag.inductive, scalars: ['isUnsafe'],
});
const Constructor = layout('Constructor', ['name', 'type']);

// -- parsing ---------------------------------------------------------------------------------------

const InputContext = layout('Parser.InputContext', ['input', 'fileName', 'fileMap', 'endPos']);
const ParserModuleContext = layout('Parser.ParserModuleContext', [
  'env', 'options', 'currNamespace', 'openDecls',
]);
const ModuleParserState = layout('Parser.ModuleParserState', ['pos'], { scalars: ['recovering'] });
const ParserState = layout('Parser.ParserState', [
  'stxStack', 'lhsPrec', 'pos', 'cache', 'errorMsg', 'recoveredErrors',
]);
const SyntaxStack = layout('Parser.SyntaxStack', ['raw', 'drop']);
const Parser = layout('Parser.Parser', ['info', 'fn']);

const SyntaxTag = Object.freeze({ missing: 0, node: 1, atom: 2, ident: 3 });
const SyntaxNode = layout('Syntax.node', ['info', 'kind', 'args'], { tag: SyntaxTag.node });
const SyntaxIdent = layout('Syntax.ident', ['info', 'rawVal', 'val', 'preresolved'], {
  tag: SyntaxTag.ident,
});
/** `SourceInfo.original`: the syntax stands in the text. */
const SOURCE_INFO_ORIGINAL = 0;
/** `SourceInfo.none`, a boxed constructor. */
const SOURCE_INFO_NONE_TAG = 2;

// -- info trees ------------------------------------------------------------------------------------

const InfoTreeTag = Object.freeze({ context: 0, node: 1, hole: 2 });
const PartialContextTag = Object.freeze({ command: 0, parentDecl: 1, autoImplicit: 2 });
const CommandContextInfo = layout('Elab.CommandContextInfo', [
  'env', 'cmdEnv', 'fileMap', 'mctx', 'options', 'currNamespace', 'openDecls', 'ngen',
]);
const InfoTag = Object.freeze({ tactic: 0, term: 1 });
const ElabInfo = layout('Elab.ElabInfo', ['elaborator', 'stx']);
const TacticInfo = layout('Elab.TacticInfo', [
  'elabInfo', 'mctxBefore', 'goalsBefore', 'mctxAfter', 'goalsAfter',
]);
const TermInfo = layout('Elab.TermInfo', ['elabInfo', 'lctx', 'expectedType', 'expr'], {
  scalars: ['isBinder', 'isDisplayableTerm'],
});

// -- environments and containers -------------------------------------------------------------------

const Import = layout('Import', ['module'], { scalars: ['importAll', 'isExported', 'isMeta'] });
const EnvironmentHeader = layout('EnvironmentHeader', [
  'mainModule', 'imports', 'regions', 'modules', 'allModules', 'moduleData',
], { scalarBytes: 5 });
const ModuleData = layout('ModuleData', [
  'imports', 'constNames', 'constants', 'extraConstNames', 'entries',
], { scalars: ['isModule'] });
const SMap = layout('SMap', ['map1', 'map2'], { scalars: ['stage1'] });
const PersistentArray = layout('PersistentArray', ['root', 'tail', 'size', 'tailOff'], {
  scalarBytes: 4,
});
const PersistentArrayNodeTag = Object.freeze({ node: 0, leaf: 1 });
const PersistentHashMapNodeTag = Object.freeze({ entries: 0, collision: 1 });
const PersistentHashMapEntryTag = Object.freeze({ entry: 0, ref: 1, null: 2 });

module.exports = {
  CoreContext, CoreState, MetaContext, MetaState, TermContext, TermState, TacticContext,
  InfoState, CommandContext, CommandState, CommandScope, Message, Position, PPContext, PPFns, MetavarContext,
  MetavarDecl, LocalContext, LocalCDecl, LocalLDecl, LocalDeclKind, MetavarKind, ExprTag,
  EXPR_BINDER_INFO_OFFSET, ExprData, NAME_HASH_OFFSET, LevelTag, LiteralTag, ConstantTag, CONSTANT_KINDS, ORIGINAL_KINDS,
  ConstantVal, AxiomVal, DefinitionVal, TheoremVal, OpaqueVal, QuotVal, InductiveVal,
  ConstructorVal, RecursorVal, RecursorRule, SAFETY, DeclarationTag, InductiveDeclaration,
  InductiveType, Constructor, InputContext, ParserModuleContext, ModuleParserState, ParserState,
  SyntaxStack, Parser, SyntaxTag, SyntaxNode, SyntaxIdent, SOURCE_INFO_ORIGINAL,
  SOURCE_INFO_NONE_TAG, InfoTreeTag, PartialContextTag, CommandContextInfo, InfoTag, ElabInfo,
  TacticInfo, TermInfo, Import, EnvironmentHeader, ModuleData, SMap, PersistentArray,
  PersistentArrayNodeTag, PersistentHashMapNodeTag, PersistentHashMapEntryTag,
};
