package scf

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
)

// goEvent is the event as handlers written in Go declare it: maps of strings,
// but for the query.
type goEvent struct {
	Headers        map[string]string `json:"headers"`
	Method         string            `json:"httpMethod"`
	Path           string            `json:"path"`
	QueryString    goQuery           `json:"queryString"`
	Body           string            `json:"body"`
	RequestContext struct {
		ServiceID string `json:"serviceId"`
		RequestID string `json:"requestId"`
		Method    string `json:"httpMethod"`
		Path      string `json:"path"`
		SourceIP  string `json:"sourceIp"`
		Stage     string `json:"stage"`
		Identity  struct {
			SecretID *string `json:"secretId"`
		} `json:"identity"`
	} `json:"requestContext"`
	PathParameters   map[string]string `json:"pathParameters"`
	HeaderParameters map[string]string `json:"headerParameters"`
	StageVariables   map[string]string `json:"stageVariables"`
}

// goQuery has no values for a key without one.
type goQuery map[string][]string

func (q *goQuery) UnmarshalJSON(data []byte) error {
	var values map[string]any
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	*q = goQuery{}
	for name, value := range values {
		switch v := value.(type) {
		case bool:
			(*q)[name] = []string{}
		case string:
			(*q)[name] = []string{v}
		case []any:
			for _, element := range v {
				(*q)[name] = append((*q)[name], fmt.Sprint(element))
			}
		default:
			return fmt.Errorf("%s is a %T", name, value)
		}
	}
	return nil
}

// The query is that of the captured event of TC-21, the template that of TC-15.
func TestAppendEvent_isWhatGoHandlersRead(t *testing.T) {
	d := newDialect(t, dialect.Route{Path: "/ritchiechen-apigw-test", Method: "ANY", Stage: "test", ServiceID: "service-x"})
	req := dialecttest.NewRequest([]byte("GET"), []byte("/ritchiechen-apigw-test"), []byte("a=b&a=c&x=y&i"), []byte("X-A: 1\nx-a: 2"), []byte("h.example"), nil)
	req.Params = nil
	event, err := d.AppendEvent(nil, req)
	if err != nil {
		t.Fatal(err)
	}
	var got goEvent
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	want := goEvent{
		Headers: map[string]string{
			"host": "h.example", "x-a": "1, 2", "requestsource": "APIGW", "x-anonymous-consumer": "true", "x-api-requestid": req.ID,
			"x-api-scheme": "http", "x-b3-traceid": req.ID, "x-qualifier": "$DEFAULT",
		},
		Method:           "GET",
		Path:             "/ritchiechen-apigw-test",
		QueryString:      goQuery{"a": {"b", "c"}, "x": {"y"}, "i": {}},
		PathParameters:   map[string]string{},
		HeaderParameters: map[string]string{},
		StageVariables:   map[string]string{"stage": "test"},
	}
	want.RequestContext.ServiceID = "service-x"
	want.RequestContext.RequestID = req.ID
	want.RequestContext.Method = "ANY"
	want.RequestContext.Path = "/ritchiechen-apigw-test"
	want.RequestContext.SourceIP = "192.0.2.1"
	want.RequestContext.Stage = "test"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
