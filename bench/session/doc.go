// Package session puts loads on targets in the order that makes their numbers
// comparable: targets in alternation, one size after another, the first call
// and then the next. It leaves what it measured to package result, and draws
// nothing.
package session
