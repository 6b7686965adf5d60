%------------------------------------------------------------------------------
% File     : pigeonhole_cnf.p
% Domain   : Propositional logic
% Problem  : Three pigeons do not fit one by one into two holes
% Status   : Unsatisfiable
%------------------------------------------------------------------------------
cnf(pigeon_1, axiom, ( in(p1,left) | in(p1,right) )).
cnf(pigeon_2, axiom, ( in(p2,left) | in(p2,right) )).
cnf(pigeon_3, axiom, ( in(p3,left) | in(p3,right) )).

cnf(alone_12, negated_conjecture, ( ~ in(p1,H) | ~ in(p2,H) )).
cnf(alone_13, negated_conjecture, ( ~ in(p1,H) | ~ in(p3,H) )).
cnf(alone_23, negated_conjecture, ( ~ in(p2,H) | ~ in(p3,H) )).
