%------------------------------------------------------------------------------
% File     : knights_and_knaves.p
% Domain   : Puzzles
% Problem  : Three islanders and who of them lies
% English  : Knights always tell the truth and knaves always lie. Ada says that she and
%            Ben are not of one kind. Ben says that Cora is a knave. So Ben lies, and Cora
%            does not.
% Status   : Theorem
%------------------------------------------------------------------------------
fof(everyone_is_one_of_two, axiom,
    ! [X] : ( knight(X) <~> knave(X) ) ).

fof(knights_tell_the_truth, axiom,
    ! [X,S] : ( says(X,S) => ( knight(X) <=> holds(S) ) ) ).

fof(ada_speaks, axiom,
    says(ada,ada_and_ben_differ) ).

fof(ben_speaks, axiom,
    says(ben,cora_is_a_knave) ).

fof(what_ada_says, axiom,
    holds(ada_and_ben_differ) <=> ( knight(ada) <~> knight(ben) ) ).

fof(what_ben_says, axiom,
    holds(cora_is_a_knave) <=> knave(cora) ).

fof(solution, conjecture,
    knave(ben) & knight(cora) ).
