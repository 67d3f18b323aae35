// Package restore lets a function act when its memory was put back to what it
// was after the function was started. It is not needed by functions that keep
// nothing which must not repeat; for those that do it costs a call into the
// module before every request, which is why it stands apart.
//
// With clean isolation every request finds the package variables as they were
// when the function was deployed. A generator that was seeded then gives the
// same numbers to each of them:
//
//	var ids = rand.New(rand.NewPCG(1, 2))
//
//	func init() {
//		restore.Do(func() { ids = postern.Rand() })
//	}
package restore

// hooks are what runs after a restore. They are in the image like everything
// else, so they are given once, before it is taken.
var hooks []func()

// Do makes the host run hook after memory was put back and before the next
// request is handled. It is called in an init function. Hooks run
// in the order in which they were given.
func Do(hook func()) { hooks = append(hooks, hook) }

// Run runs the hooks, as the host would. It is for tests.
func Run() {
	for _, hook := range hooks {
		hook()
	}
}
