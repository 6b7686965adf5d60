%------------------------------------------------------------------------------
% File     : lighthouse_murder.p
% Domain   : Puzzles
% Problem  : Who killed the owner of the lighthouse?
% English  : The keeper, the cook, the captain and the niece are suspected. The murder was
%            done in the lighthouse at midnight, by somebody with a key and with a motive.
% Status   : Theorem
%------------------------------------------------------------------------------
fof(somebody_did_it, axiom,
    ? [X] : ( suspect(X) & killed(X,owner) ) ).

fof(suspects, axiom,
    ! [X] : ( suspect(X) <=> ( X = keeper | X = cook | X = captain | X = niece ) ) ).

fof(scene_of_the_crime, axiom,
    ! [X] : ( killed(X,owner) => at_midnight(X,lighthouse) ) ).

fof(nobody_is_in_two_places, axiom,
    ! [X,P,Q] : ( ( at_midnight(X,P) & at_midnight(X,Q) ) => P = Q ) ).

fof(places_differ, axiom,
    lighthouse != village ).

fof(only_with_a_key, axiom,
    ! [X] : ( at_midnight(X,lighthouse) => has_key(X) ) ).

fof(keeper_was_at_the_inn, axiom,
    at_midnight(keeper,village) ).

fof(niece_had_lost_her_key, axiom,
    ~ has_key(niece) ).

fof(motive, axiom,
    ! [X,Y] : ( killed(X,Y) => hated(X,Y) ) ).

fof(cook_hates_nobody_who_praises_her, axiom,
    ! [Y] : ( praised(Y,cook) => ~ hated(cook,Y) ) ).

fof(owner_liked_his_dinner, axiom,
    praised(owner,cook) ).

fof(the_captain_did_it, conjecture,
    killed(captain,owner) ).
