package dialecttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// CheckJSON returns an error unless data is one JSON text in UTF-8 in which no
// object has a key twice.
func CheckJSON(data []byte) error {
	if !json.Valid(data) {
		return errors.New("it is not valid JSON")
	}
	if !utf8.Valid(data) {
		return errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return checkValue(d, "")
}

func checkValue(d *json.Decoder, at string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if err := checkValue(d, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name := key.(string)
			if seen[name] {
				return fmt.Errorf("key %q stands in %q twice", name, at)
			}
			seen[name] = true
			if err := checkValue(d, at+"/"+name); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token()
	return err
}

func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON text")
	}
	return v, nil
}

// equalJSON compares two JSON texts by their meaning.
func equalJSON(got, want []byte) error {
	return compareJSON(got, want, func(g, w any) error { return differ("", g, w, same) })
}

// containsJSON compares too, but objects of got may have more keys than want's.
func containsJSON(got, want []byte) error {
	return compareJSON(got, want, func(g, w any) error { return differ("", g, w, subset) })
}

func compareJSON(got, want []byte, compare func(got, want any) error) error {
	w, err := decode(want)
	if err != nil {
		return fmt.Errorf("read what is wanted: %w", err)
	}
	g, err := decode(got)
	if err != nil {
		return err
	}
	return compare(g, w)
}

// strictness says which keys objects must have.
type strictness int

const (
	same strictness = iota
	subset
)

// differ returns an error that names the first place where got is not want.
func differ(at string, got, want any, s strictness) error {
	w, ok := want.(map[string]any)
	if !ok {
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%s is %s, want %s", at, text(got), text(want))
		}
		return nil
	}
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is %s, want an object", at, text(got))
	}
	for _, key := range sorted(w) {
		value, ok := g[key]
		if !ok {
			return fmt.Errorf("%s/%s is not there, want %s", at, key, text(w[key]))
		}
		if err := differ(at+"/"+key, value, w[key], s); err != nil {
			return err
		}
	}
	for _, key := range sorted(g) {
		if _, ok := w[key]; !ok && s == same {
			return fmt.Errorf("%s/%s is %s, want nothing there", at, key, text(g[key]))
		}
	}
	return nil
}

// lacksJSON returns an error when a JSON pointer, one a line, leads to something.
func lacksJSON(got, pointers []byte) error {
	root, err := decode(got)
	if err != nil {
		return err
	}
	n := 0
	for pointer := range strings.Lines(string(pointers)) {
		if pointer = strings.TrimSuffix(pointer, "\n"); pointer == "" {
			continue
		}
		n++
		if v, ok := find(root, pointer); ok {
			return fmt.Errorf("%s is %s, want nothing there", pointer, text(v))
		}
	}
	if n == 0 {
		return errors.New("it names nothing")
	}
	return nil
}

func find(v any, pointer string) (any, bool) {
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[unescape.Replace(key)]; !ok {
			return nil, false
		}
	}
	return v, true
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func indent(event []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, event, "", "  "); err != nil {
		return event
	}
	return out.Bytes()
}
