// This file makes the compiler take a function without a body.
