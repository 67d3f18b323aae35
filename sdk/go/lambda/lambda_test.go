package lambda

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/postern-dev/postern/sdk/go/lite"
)

func TestStart_runsAHandlerOfAWS(t *testing.T) {
	Start(func(ctx context.Context, r events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: r.HTTPMethod + " " + r.PathParameters["name"] + " " + lite.FromContext(ctx).RequestID}, nil
	})
	got, err := lite.Try([]byte(`{"httpMethod":"GET","pathParameters":{"name":"ann"}}`), []byte(`{"requestId":"r-1"}`))
	if want := `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":"GET ann r-1"}`; err != nil || string(got) != want {
		t.Fatalf("got %s, %v, want %s", got, err, want)
	}
}

type shout struct{}

func (shout) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	return []byte(strings.ToUpper(string(payload))), nil
}

func TestNewHandler_takesWhatAWSTakes(t *testing.T) {
	type in struct{ N int }
	for name, c := range map[string]struct {
		handler any
		want    string
	}{
		"nothing":                  {func() {}, `null`},
		"error":                    {func() error { return nil }, `null`},
		"value and error":          {func() (int, error) { return 7, nil }, `7`},
		"event":                    {func(in) {}, `null`},
		"event, error":             {func(in) error { return nil }, `null`},
		"event, value and error":   {func(v in) (int, error) { return v.N, nil }, `3`},
		"context":                  {func(context.Context) {}, `null`},
		"context, error":           {func(context.Context) error { return nil }, `null`},
		"context, value and error": {func(context.Context) (in, error) { return in{4}, nil }, `{"N":4}`},
		"both":                     {func(context.Context, *in) {}, `null`},
		"both, error":              {func(context.Context, in) error { return nil }, `null`},
		"both, value and error":    {func(_ context.Context, v *in) (any, error) { return v.N, nil }, `3`},
		"any event":                {func(v any) (any, error) { return v, nil }, `{"n":3}`},
		"handler":                  {shout{}, `{"N":3}`},
	} {
		got, err := NewHandler(c.handler).Invoke(t.Context(), []byte(`{"n":3}`))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestNewHandler_saysWhatIsWrong(t *testing.T) {
	unlucky := errors.New("no luck")
	for want, handler := range map[string]any{
		"no function":    7,
		"is no function": (func())(nil),
		"takes something other than a context and an event":  func(int, int) {},
		"returns something other than a value and an error":  func() int { return 1 },
		"func() (error, int, error) returns something other": func() (error, int, error) { return nil, 0, nil },
		"read the event":  func(int) {},
		"write the reply": func() (any, error) { return make(chan int), nil },
		"no luck":         func() (int, error) { return 1, unlucky },
	} {
		if _, err := NewHandler(handler).Invoke(t.Context(), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
}
