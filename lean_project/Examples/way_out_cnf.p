%------------------------------------------------------------------------------
% File     : way_out_cnf.p
% Domain   : Graphs
% Problem  : There is a way out of the maze
% Status   : Unsatisfiable
%------------------------------------------------------------------------------
cnf(start_reached, axiom, reached(start)).
cnf(walk_on, axiom, ( ~ reached(X) | ~ door(X,Y) | reached(Y) )).
cnf(doors_open_both_ways, axiom, ( ~ door(X,Y) | door(Y,X) )).

cnf(door_1, axiom, door(start,hall)).
cnf(door_2, axiom, door(cellar,hall)).
cnf(door_3, axiom, door(cellar,tunnel)).
cnf(door_4, axiom, ( door(tunnel,outside) | door(hall,outside) )).

cnf(no_way_out, negated_conjecture, ~ reached(outside)).
