package admin

import "errors"

// complainer is an error that knows each thing wrong with a manifest.
type complainer interface {
	Complaints() []Complaint
}

// complaintsOf returns what err has to say about single lines of a manifest.
func complaintsOf(err error) []Complaint {
	var c complainer
	if errors.As(err, &c) {
		return c.Complaints()
	}
	return nil
}
