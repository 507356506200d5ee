//! Each fault, and the one difference it makes.
