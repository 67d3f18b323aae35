package lite

// deep is the stack of calls, which is that of init functions too, made large
// while the function starts: then it is part of the image. A stack that gets
// too small during a call is moved, at the price of several calls, and the next
// call begins with the small one again.
var deep = deepen()

// depth is more than most calls need. What is not used takes no memory.
const depth = 24 << 10

//go:noinline
func deepen() byte {
	var room [depth]byte
	return touch(&room)
}

//go:noinline
func touch(room *[depth]byte) byte { return room[0] }
