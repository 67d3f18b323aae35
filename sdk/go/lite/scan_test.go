package lite

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"unicode/utf8"
)

// decode is the scanner's reading of a value, in the types of encoding/json.
func decode(raw []byte) any {
	i := skipSpace(raw, 0)
	if i >= len(raw) {
		return nil
	}
	value := raw[i:skipValue(raw, i)]
	if len(value) == 0 {
		return nil
	}
	switch value[0] {
	case '{':
		m := map[string]any{}
		for o := newObject(value); ; {
			key, v, ok := o.next()
			if !ok {
				return m
			}
			m[string(key)] = decode(v)
		}
	case '[':
		list := []any{}
		for a := newArray(value); ; {
			v, ok := a.next()
			if !ok {
				return list
			}
			list = append(list, decode(v))
		}
	case '"':
		return text(value)
	}
	return json.Number(value)
}

// slowly is encoding/json's reading; what is neither text nor a collection
// stays as it is written.
func slowly(t *testing.T, raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return words(v)
}

func words(v any) any {
	switch v := v.(type) {
	case nil:
		return json.Number("null")
	case bool:
		return json.Number(strconv.FormatBool(v))
	case []any:
		for i := range v {
			v[i] = words(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = words(v[k])
		}
	}
	return v
}

func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		tencentEvent, awsEvent1, awsEvent2, `{"a\u0062":"\\\"\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ud83d\u0041"}`,
		` { "a" : [ 1 , -2.5e3 , true , false , null , [ ] , { } ] } `, `"\\"`, `{"a":"\\","b":"\\\""}`, `[[[`, `{"a"`, `{"a":}`, `"`, ``, `}`,
		`{"a":[1,2`, `"\u12"`, `"\ud800\u"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var info Info
		info.scan(raw)
		e := scanned(string(raw))
		e.Headers()
		e.Queries()
		e.RawQuery()
		e.Params()
		e.Body()
		e.Header("x")
		e.Query("x")
		if got := decode(raw); json.Valid(raw) && utf8.Valid(raw) {
			if want := slowly(t, raw); !reflect.DeepEqual(got, want) {
				t.Fatalf("got %#v, want %#v", got, want)
			}
		}
	})
}

func TestNumber_readsIntegersOnly(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "12": 12, "-7": -7, "1.5": 0, `"1"`: 0, "": 0} {
		if got := number([]byte(in)); got != want {
			t.Errorf("number(%q) = %d, want %d", in, got, want)
		}
	}
}
