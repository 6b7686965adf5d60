'use strict';
/**
 * Every function and global of the WebAssembly build that this server calls: the one place to look
 * when the build changes. `runtime.js` checks each at start-up, with its number of parameters.
 *
 * Symbols are Lean's own: `l_` and the mangled name. `___boxed` forms take all their arguments
 * owned and boxed, the world token last for `IO`; a function without such a form has only owned
 * arguments anyway. The exceptions are noted.
 */

/** Our name → [symbol, number of parameters]. @type {Record<string, [string, number]>} */
const FUNCTIONS = {
  // the C runtime
  malloc: ['malloc', 1],
  free: ['free', 1],
  allocSmall: ['mi_malloc_small', 1],
  decRefCold: ['lean_dec_ref_cold', 1],
  stackGet: ['emscripten_stack_get_current', 0],
  stackRestore: ['_emscripten_stack_restore', 1],
  stackSetLimits: ['emscripten_stack_set_limits', 2],
  mkStringUnchecked: ['lean_mk_string_from_bytes_unchecked', 2],
  arrayMk: ['lean_array_mk', 1],
  stMkRef: ['lean_st_mk_ref', 1],
  stRefGet: ['lean_st_ref_get', 1],
  stRefSet: ['lean_st_ref_set', 2],
  setHeartbeats: ['lean_io_set_heartbeats', 1],
  // start-up
  initialize: ['lean_initialize', 0],
  initTaskManager: ['lean_init_task_manager_using', 1],
  enableInitializers: ['lean_enable_initializer_execution', 0],
  markEndInitialization: ['lean_io_mark_end_initialization', 0],
  ioErrorToString: ['lean_io_error_to_string', 1],
  initSearchPath: ['l_Lean_initSearchPath', 2],
  importModules: ['l_Lean_importModules', 8],
  setMainModule: ['l_Lean_Environment_setMainModule', 2],
  optionSetBool: ['l_Lean_KVMap_setBool', 3],
  optionSetNat: ['l_Lean_KVMap_setNat', 3],
  optionSetString: ['l_Lean_KVMap_setString', 3],
  reparseOptions: ['l_Lean_Language_Lean_reparseOptions___boxed', 2],
  // names, strings, formats
  nameMkString: ['lean_name_mk_string', 2],
  nameMkNumeral: ['lean_name_mk_numeral', 2],
  natRepr: ['l_Nat_reprFast', 1],
  nameToString: ['l_Lean_Name_toString___boxed', 2],
  formatPretty: ['l_Std_Format_pretty___boxed', 4],
  messageDataKind: ['l_Lean_MessageData_kind', 1],
  messageDataToString: ['l_Lean_MessageData_toString___boxed', 2],
  messageLogToList: ['l_Lean_MessageLog_toList___boxed', 1],
  exceptionToMessageData: ['l_Lean_Exception_toMessageData', 1],
  isMaxHeartbeat: ['l_Lean_Exception_isMaxHeartbeat___boxed', 1],
  isInterrupt: ['l_Lean_Exception_isInterrupt___boxed', 1],
  fileMapOfString: ['l_Lean_FileMap_ofString', 1],
  // environments
  envFind: ['l_Lean_Environment_find_x3f___boxed', 3],
  envConstants: ['l_Lean_Environment_constants', 1],
  envHeader: ['l_Lean_Environment_header', 1],
  envModuleIdxFor: ['l_Lean_Environment_getModuleIdxFor_x3f___boxed', 2],
  envModuleNames: ['l_Lean_Environment_allImportedModuleNames___boxed', 1],
  envHasUnsafe: ['l_Lean_Environment_hasUnsafe___boxed', 2],
  originalConstKind: ['l_Lean_getOriginalConstKind_x3f', 2],
  toKernelEnv: ['lean_elab_environment_to_kernel_env', 1],
  kernelFind: ['lean_environment_find', 2],
  kernelAddDecl: ['lean_add_decl', 4],
  kernelExceptionToMessage: ['l_Lean_Kernel_Exception_toMessageData', 2],
  addDecl: ['l_Lean_addDecl___boxed', 5],
  declarationRanges: ['l_Lean_findDeclarationRanges_x3f___at___00Lean_declareBuiltinDocStringAndRanges_spec__0___boxed', 4],
  // expressions
  exprHasMVar: ['l_Lean_Expr_hasMVar___boxed', 1],
  exprHasExprMVar: ['l_Lean_Expr_hasExprMVar___boxed', 1],
  exprHasSorry: ['l_Lean_Expr_hasSorry___boxed', 1],
  exprUsedConstants: ['l_Lean_Expr_getUsedConstants', 1],
  exprInstantiate1: ['l_Lean_Expr_instantiate1___boxed', 2],
  exprMkMVar: ['lean_expr_mk_mvar', 1],
  exprMkFVar: ['lean_expr_mk_fvar', 1],
  exprMkBVar: ['lean_expr_mk_bvar', 1],
  exprMkApp: ['lean_expr_mk_app', 2],
  exprMkLambda: ['lean_expr_mk_lambda', 4],
  exprMkForall: ['lean_expr_mk_forall', 4],
  exprMkLet: ['lean_expr_mk_let', 5],
  exprMkMData: ['lean_expr_mk_mdata', 2],
  exprMkProj: ['lean_expr_mk_proj', 3],
  instantiateExprMVars: ['lean_instantiate_expr_mvars', 2],
  lctxMkLocalDecl: ['l_Lean_LocalContext_mkLocalDecl___boxed', 6],
  lctxMkLetDecl: ['l_Lean_LocalContext_mkLetDecl___boxed', 7],
  lctxMkForall: ['l_Lean_LocalContext_mkForall___boxed', 5],
  lctxSanitizeNames: ['l_Lean_LocalContext_sanitizeNames', 2],
  // parsing
  mkInputContext: ['l_Lean_Parser_mkInputContext___redArg', 4],
  parseHeader: ['l_Lean_Parser_parseHeader___boxed', 2],
  parseCommand: ['l_Lean_Parser_parseCommand', 4],
  parserRun: ['l_Lean_Parser_ParserFn_run', 5],
  withPosition: ['l_Lean_Parser_withPosition', 1],
  whitespace: ['l_Lean_Parser_whitespace', 2],
  andthenFn: ['l_Lean_Parser_andthenFn', 4],
  categoryParser: ['l_Lean_Parser_categoryParserFnImpl', 3],
  mkParserState: ['l_Lean_Parser_mkParserState___boxed', 1],
  tokenTable: ['l_Lean_Parser_getTokenTable', 1],
  parserAllErrors: ['l_Lean_Parser_ParserState_allErrors', 1],
  parserMkError: ['l_Lean_Parser_ParserState_mkError', 2],
  parserErrorMessage: ['l_Lean_Parser_ParserState_toErrorMsg', 2],
  syntaxPos: ['l_Lean_Syntax_getPos_x3f___boxed', 2],
  syntaxTailPos: ['l_Lean_Syntax_getTailPos_x3f___boxed', 2],
  // commands
  mkCommandState: ['l_Lean_Elab_Command_mkState', 3],
  liftTermElabM: ['l_Lean_Elab_Command_liftTermElabM___redArg___boxed', 4],
  elabCommandTopLevel: ['l_Lean_Elab_Command_elabCommandTopLevel___boxed', 4],
  // terms and metavariables
  elabType: ['l_Lean_Elab_Term_elabType___boxed', 8],
  elabTerm: ['l_Lean_Elab_Term_elabTerm___boxed', 11],
  synthesizeNoPostponing: ['l_Lean_Elab_Term_synthesizeSyntheticMVarsNoPostponing___boxed', 8],
  levelMVarToParam: ['l_Lean_Elab_Term_levelMVarToParam___boxed', 9],
  elabTermEnsuringType: ['l_Lean_Elab_Term_elabTermEnsuringType___boxed', 12],
  inferType: ['lean_infer_type', 5],
  isDefEq: ['lean_is_expr_def_eq', 6],
  mkFreshExprMVar: ['l_Lean_Meta_mkFreshExprMVar___boxed', 8],
  introNP: ['l_Lean_MVarId_introNP___boxed', 7],
  intro1P: ['l_Lean_MVarId_intro1P', 5],
  assertHyp: ['l_Lean_MVarId_assert___boxed', 9],
  defineHyp: ['l_Lean_MVarId_define___boxed', 9],
  assignMVar: ['lean_assign_mvar', 3],
  findMVarDecl: ['l_Lean_MetavarContext_findDecl_x3f', 2],
  exprAssignment: ['l_Lean_MetavarContext_getExprAssignmentCore_x3f', 2],
  delayedAssignment: ['l_Lean_MetavarContext_getDelayedMVarAssignmentCore_x3f', 2],
  mvarsOf: ['l_Lean_Meta_getMVars___boxed', 6],
  ppExpr: ['l_Lean_Meta_ppExpr___boxed', 6],
  ppGoal: ['l_Lean_Meta_ppGoal___boxed', 6],
  // fragments of tactics
  mkConvGoalFor: ['l_Lean_Elab_Tactic_Conv_mkConvGoalFor___boxed', 7],
  reflGoal: ['l_Lean_MVarId_refl___boxed', 7],
  replaceTargetEq: ['l_Lean_MVarId_replaceTargetEq___boxed', 8],
  calcRelation: ['l_Lean_Elab_Term_getCalcRelation_x3f___boxed', 6],
  mkCalcTrans: ['l_Lean_Elab_Term_mkCalcTrans___boxed', 9],
  annotateFirstHole: ['l_Lean_Elab_Term_annotateFirstHoleWithType___boxed', 9],
  // tactics
  evalTactic: ['l_Lean_Elab_Tactic_evalTactic___boxed', 10],
  pruneSolvedGoals: ['l_Lean_Elab_Tactic_pruneSolvedGoals___boxed', 9],
};

/** Our name → symbol of a global that holds a Lean value. @type {Record<string, string>} */
const GLOBALS = {
  emptyOptions: 'l_Lean_Options_empty',
  emptyMessageLog: 'l_Lean_MessageLog_empty',
  tacticSeqParser: 'l_Lean_Parser_Tactic_tacticSeq',
  emptyLocalContext: 'l_Lean_LocalContext_empty',
};

module.exports = { FUNCTIONS, GLOBALS };
