package lite

import (
	"context"
	"testing"
)

const tencentEvent = `{"requestContext":{"serviceId":"service-1","path":"/greet/{name}","httpMethod":"ANY","requestId":"r-1",
"identity":{"secretId":"key-1"},"sourceIp":"10.0.2.14","stage":"release"},
"headers":{"accept":"text/html, */*","x-odd":"a\"b","cookie":"a=1; b=2"},
"body":"{\"test\":\"b\u00f6dy \ud83d\ude00\"}","pathParameters":{"name":"ann"},"queryStringParameters":{},"headerParameters":{},
"stageVariables":{"stage":"release"},"path":"/greet/ann","queryString":{"foo":"b r","many":["1","2"],"bare":true},"httpMethod":"POST"}`

const awsEvent1 = `{"version":"1.0","resource":"/greet/{name}","path":"/greet/ann","httpMethod":"PUT","headers":{"Accept":"b"},
"multiValueHeaders":{"Accept":["a","b"],"x-one":["1"]},"queryStringParameters":{"q":"2"},
"multiValueQueryStringParameters":{"q":["1","2"]},"pathParameters":{"name":"ann"},
"requestContext":{"requestId":"r-2","stage":"$default","identity":{"sourceIp":"10.0.0.1"}},"body":"/w==","isBase64Encoded":true}`

const awsEvent2 = `{"version":"2.0","routeKey":"GET /greet/{name}","rawPath":"/greet/ann","rawQueryString":"q=1&q=2&s=a+b%21&bare",
"cookies":["a=1","b=2"],"headers":{"accept":"a,b","host":"h"},"queryStringParameters":{"q":"1,2"},
"requestContext":{"http":{"method":"GET","path":"/greet/ann","sourceIp":"10.0.0.2"},"requestId":"r-3","stage":"$default"},
"pathParameters":{"name":"ann"},"isBase64Encoded":false}`

// scanned returns an event as a handler gets it.
func scanned(raw string) Event {
	f := new(fields)
	f.scan([]byte(raw))
	return Event{f}
}

// answer lets handler answer an event, as the only handler of the program.
func answer(t *testing.T, event string, handler func(context.Context, Event) (Response, error)) (string, error) {
	t.Helper()
	HandleEvent(handler)
	t.Cleanup(func() { program.handle = nil })
	reply, err := Try([]byte(event), nil)
	return string(reply), err
}
