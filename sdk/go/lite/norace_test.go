//go:build !race

package lite_test

const raced = false
