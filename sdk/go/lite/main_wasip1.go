package lite

import _ "unsafe" // for go:linkname

// runMain is the program's own main function.
//
//go:linkname runMain main.main
func runMain()
