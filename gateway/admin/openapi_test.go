package admin

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/postern-dev/postern/abi/fault"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	d, err := openapi3.NewLoader().LoadFromData(openapiDocument)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocument_hasExactlyTheEndpoints(t *testing.T) {
	d := document(t)
	var got, want []string
	for path, item := range d.Paths.Map() {
		for method, operation := range item.Operations() {
			access := "token"
			if operation.Security != nil && len(*operation.Security) == 0 {
				access = "open"
			}
			got = append(got, method+" "+path+" "+access)
		}
	}
	for _, e := range endpoints() {
		access := "token"
		if e.access == open {
			access = "open"
		}
		want = append(want, e.method+" "+e.path+" "+access)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the document has\n%s\nthe server has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDocument_namesEveryCode(t *testing.T) {
	schema := document(t).Components.Schemas["Refusal"].Value.Properties["error"].Value.Properties["code"].Value
	var got, want []string
	for _, code := range schema.Enum {
		got = append(got, code.(string))
	}
	for _, code := range fault.Codes() {
		want = append(want, string(code))
	}
	if !slices.Equal(got, want) {
		t.Errorf("codes = %v, want %v", got, want)
	}
}

func TestFind_servesEveryEndpoint(t *testing.T) {
	table := endpoints()
	for _, e := range table {
		path := strings.NewReplacer("{app}", "greeter", "{function}", "he%6Clo").Replace(e.path)
		found, params, _ := find(table, e.method, path)
		if found == nil || found.path != e.path || found.method != e.method {
			t.Errorf("%s %s finds %v", e.method, path, found)
		}
		if strings.Contains(e.path, "{function}") && (params["app"] != "greeter" || params["function"] != "hello") {
			t.Errorf("%s gives %v", path, params)
		}
	}
}
