package registry

import (
	"io"
	"io/fs"
	"os"
)

// files is what the registry does to module files. Tests fail its operations
// one by one.
type files interface {
	CreateTemp(dir, pattern string) (file, error)
	Open(name string) (io.ReadCloser, error)
	Stat(name string) (fs.FileInfo, error)
	ReadDir(dir string) ([]fs.DirEntry, error)
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error
}

// file is one that is being written.
type file interface {
	io.WriteCloser
	Name() string
	Sync() error
}

// disk is the real files.
type disk struct{}

func (disk) CreateTemp(dir, pattern string) (file, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err // not f: a nil *os.File in the interface would not be nil
	}
	return f, nil
}

func (disk) Open(name string) (io.ReadCloser, error)   { return os.Open(name) }
func (disk) Stat(name string) (fs.FileInfo, error)     { return os.Stat(name) }
func (disk) ReadDir(dir string) ([]fs.DirEntry, error) { return os.ReadDir(dir) }
func (disk) Rename(from, to string) error              { return os.Rename(from, to) }
func (disk) Remove(name string) error                  { return os.Remove(name) }
func (disk) SyncDir(dir string) error                  { return syncDir(dir) }
