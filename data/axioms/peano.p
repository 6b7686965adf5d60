% Arithmetic of the natural numbers: successor, addition, multiplication and order, with the
% instances of induction that the laws of addition and of multiplication by zero need.
%
% Notation
%   succ(X)      S X
%   zero         0
%   add(X,Y)     X + Y
%   mult(X,Y)    X · Y
%   leq(X,Y)     X ≤ Y
%   even(X)      X is even

fof(successor_is_injective, axiom, ! [X,Y] : (succ(X) = succ(Y) => X = Y)).
fof(zero_is_no_successor, axiom, ! [X] : succ(X) != zero).
fof(add_zero, axiom, ! [X] : add(X,zero) = X).
fof(add_successor, axiom, ! [X,Y] : add(X,succ(Y)) = succ(add(X,Y))).
fof(multiply_by_zero, axiom, ! [X] : mult(X,zero) = zero).
fof(multiply_by_successor, axiom, ! [X,Y] : mult(X,succ(Y)) = add(mult(X,Y),X)).
fof(cases, axiom, ! [X] : (X = zero | ? [Y] : X = succ(Y))).

fof(induction_for_zero_add, axiom,
    (add(zero,zero) = zero & ! [X] : (add(zero,X) = X => add(zero,succ(X)) = succ(X)))
    => ! [X] : add(zero,X) = X).
fof(induction_for_successor_add, axiom,
    ! [Y] : ((add(succ(Y),zero) = succ(add(Y,zero))
              & ! [X] : (add(succ(Y),X) = succ(add(Y,X))
                         => add(succ(Y),succ(X)) = succ(add(Y,succ(X)))))
             => ! [X] : add(succ(Y),X) = succ(add(Y,X)))).
fof(induction_for_zero_multiply, axiom,
    (mult(zero,zero) = zero & ! [X] : (mult(zero,X) = zero => mult(zero,succ(X)) = zero))
    => ! [X] : mult(zero,X) = zero).

fof(order, definition, ! [X,Y] : (leq(X,Y) <=> ? [Z] : add(X,Z) = Y)).
fof(evenness, definition, ! [X] : (even(X) <=> ? [Y] : X = add(Y,Y))).

% What may be assumed beyond that: laws that induction gives.
fof(addition_commutes, hypothesis, ! [X,Y] : add(X,Y) = add(Y,X)).
fof(addition_associates, hypothesis, ! [X,Y,Z] : add(add(X,Y),Z) = add(X,add(Y,Z))).
fof(addition_cancels, hypothesis, ! [X,Y,Z] : (add(X,Z) = add(Y,Z) => X = Y)).
fof(distributivity, hypothesis,
    ! [X,Y,Z] : mult(X,add(Y,Z)) = add(mult(X,Y),mult(X,Z))).
