//go:build race

package lite_test

// raced says that the race detector is on: compiling a function takes a
// quarter of a minute then.
const raced = true
