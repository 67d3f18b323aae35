package admin

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// entryRoom is what the table of contents may spend on one file: 46 bytes, a
// name and the extra fields that packers write.
const entryRoom = 1 << 10

// encrypted is the bit of an entry's flags that says so.
const encrypted = 1 << 0

// readZip takes the files of a zip archive. What an archive says about itself
// is not believed: every entry is unpacked once and counted, which also checks
// its checksum. The returned function closes the archive.
func (u *upload) readZip(r io.Reader) (closing func(), err error) {
	closing = func() {}
	path, size, err := u.save(r, u.limits.MaxUpload, uploadTooLarge(u.limits.MaxUpload))
	if err != nil {
		return closing, err
	}
	file, err := os.Open(path)
	if err != nil {
		return closing, fmt.Errorf("open upload: %w", err)
	}
	closing = func() { _ = file.Close() }
	return closing, u.unzip(file, size)
}

// unzip takes the files of the archive in r.
func (u *upload) unzip(r io.ReaderAt, size int64) error {
	contents := &budget{r: r, left: int64(u.limits.MaxFiles+1)*entryRoom + 256<<10}
	archive, err := zip.NewReader(contents, size)
	switch {
	case errors.Is(err, errBudget):
		return fault.Wrap(fault.BadBundle, err, "the archive lists more than %d files", u.limits.MaxFiles)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return fault.Wrap(fault.BadBundle, err, "the upload is not a readable zip archive")
	}
	contents.spent = true
	for _, entry := range archive.File {
		if err := u.unzipEntry(entry); err != nil {
			return err
		}
	}
	return nil
}

// unzipEntry counts one entry and takes it. A folder's own entry says nothing
// that the paths of its files don't, and is passed over.
func (u *upload) unzipEntry(entry *zip.File) error {
	folder := strings.HasSuffix(entry.Name, "/")
	if err := u.admit(strings.TrimSuffix(entry.Name, "/")); err != nil {
		return err
	}
	switch mode := entry.Mode(); {
	case entry.Flags&encrypted != 0:
		return fault.New(fault.BadBundle, "%q is encrypted", entry.Name)
	case folder && entry.UncompressedSize64 == 0:
		return nil
	case mode.Type() != 0:
		return fault.New(fault.BadBundle, "%q is a %s, not a file", entry.Name, kindOf(mode))
	}
	open := func() (io.ReadCloser, error) {
		r, err := entry.Open()
		if err != nil {
			return nil, fault.Wrap(fault.BadBundle, err, "%q can't be unpacked", entry.Name)
		}
		return r, nil
	}
	content, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	most, excess := u.room(entry.Name)
	n, err := io.Copy(io.Discard, io.LimitReader(content, most+1))
	switch {
	case n > most:
		return excess
	case err != nil:
		return fault.Wrap(fault.BadBundle, err, "%q can't be unpacked", entry.Name)
	}
	u.add(entry.Name, n, open)
	return nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode.IsDir():
		return "folder"
	default:
		return "special file"
	}
}

var errBudget = errors.New("table of contents is too long")

// budget stops reading a table of contents that is longer than any honest one,
// before it fills the memory.
type budget struct {
	r     io.ReaderAt
	left  int64
	spent bool // the table is read; what follows is not counted
}

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if !b.spent {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, errBudget
		}
	}
	return b.r.ReadAt(p, off)
}
