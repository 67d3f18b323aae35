package rewrite

import (
	"crypto/sha256"
	"embed"
	"io/fs"
	"sync"
)

//go:embed *.go
var source embed.FS

// Version stands for what this package makes of a module: its own source. What
// was rewritten by another version is to be rewritten again. Nobody has to
// remember to change a number for that.
var Version = sync.OnceValue(func() [sha256.Size]byte {
	all := sha256.New()
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := source.ReadFile(name)
		part := sha256.Sum256(append([]byte(name+"\x00"), text...))
		all.Write(part[:])
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return [sha256.Size]byte(all.Sum(nil))
})
