package admin

import (
	"errors"

	"github.com/postern-dev/postern/gateway/config"
)

// complaintsOf returns what err has to say about single lines of a manifest.
func complaintsOf(err error) []Complaint {
	var all *config.Complaints
	if !errors.As(err, &all) {
		return nil
	}
	list := make([]Complaint, 0, len(all.List))
	for _, c := range all.List {
		list = append(list, Complaint{Line: c.Line, Key: c.Key, Message: c.Message})
	}
	return list
}
