package admin

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"os"

	"github.com/postern-dev/postern/abi/fault"
)

// readParts takes the files of a multipart/form-data body. The file name of a
// part is its path in the bundle; the name of the field doesn't matter.
func (u *upload) readParts(r io.Reader, boundary string) error {
	if boundary == "" {
		return fault.New(fault.Invalid, "the Content-Type names no boundary")
	}
	parts := multipart.NewReader(r, boundary)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, r) // what follows the last boundary
			return err
		}
		if err != nil {
			return unreadableParts(err)
		}
		if err := u.readPart(part); err != nil {
			return err
		}
	}
}

func (u *upload) readPart(part *multipart.Part) error {
	// Part.FileName gives the last element of the path only.
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := params["filename"]
	if err != nil || name == "" {
		return fault.New(fault.BadBundle, "the part %q has no file name", part.FormName()).
			WithHint("send every file as a part whose file name is its path in the bundle")
	}
	if err := u.admit(name); err != nil {
		return err
	}
	most, excess := u.room(name)
	path, size, err := u.save(part, most, excess)
	if err != nil {
		return unreadableParts(err)
	}
	u.add(name, size, func() (io.ReadCloser, error) { return os.Open(path) })
	return nil
}

// unreadableParts gives an error a code unless it has one.
func unreadableParts(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(fault.BadBundle, err, "the upload is not readable multipart/form-data")
}
