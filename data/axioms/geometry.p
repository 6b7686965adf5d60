% Geometry of points after Tarski: betweenness and congruence, without axioms of dimension,
% parallels or continuity. The point whose existence an axiom states is the value of a function.
%
% Notation
%   between(A,B,C)           B lies between A and C
%   congruent(A,B,C,D)       A–B ≅ C–D
%   extension(A,B,C,D)       ext(A, B, C, D)
%   pasch(A,B,C,P,Q)         pasch(A, B, C, P, Q)
%   midpoint(M,A,B)          M is the midpoint of A–B
%   collinear(A,B,C)         A, B, C are collinear

fof(congruence_is_symmetric, axiom, ! [A,B] : congruent(A,B,B,A)).
fof(congruence_is_transitive, axiom,
    ! [A,B,C,D,E,F] : ((congruent(A,B,C,D) & congruent(A,B,E,F)) => congruent(C,D,E,F))).
fof(null_segments, axiom, ! [A,B,C] : (congruent(A,B,C,C) => A = B)).
fof(segments_extend, axiom,
    ! [A,B,C,D] : (between(A,B,extension(A,B,C,D)) & congruent(B,extension(A,B,C,D),C,D))).
fof(five_segments, axiom,
    ! [A,B,C,D,E,F,G,H] :
      ((A != B & between(A,B,C) & between(E,F,G) & congruent(A,B,E,F) & congruent(B,C,F,G)
        & congruent(A,D,E,H) & congruent(B,D,F,H))
       => congruent(C,D,G,H))).
fof(betweenness_identity, axiom, ! [A,B] : (between(A,B,A) => A = B)).
fof(inner_pasch, axiom,
    ! [A,B,C,P,Q] :
      ((between(A,P,C) & between(B,Q,C))
       => (between(P,pasch(A,B,C,P,Q),B) & between(Q,pasch(A,B,C,P,Q),A)))).

fof(midpoints, definition,
    ! [M,A,B] : (midpoint(M,A,B) <=> (between(A,M,B) & congruent(A,M,M,B)))).
fof(collinearity, definition,
    ! [A,B,C] : (collinear(A,B,C) <=> (between(A,B,C) | between(B,C,A) | between(C,A,B)))).
