package deploy

import "io"

// ManifestFile is the name of the manifest in a bundle.
const ManifestFile = "postern.toml"

// Bundle is what one deploy brings: the manifest and the modules that it
// names. A file's name is its path in the bundle, with slashes.
type Bundle struct {
	App   string // the name that the manifest has to give; empty for any
	Files map[string]File
}

// File is one file of a bundle, already bounded by whoever made the bundle.
type File struct {
	Bytes int64                         // its size
	Open  func() (io.ReadCloser, error) // may be called more than once
}
