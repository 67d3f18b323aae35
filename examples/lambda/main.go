// Command lambda is a handler as it is written for AWS Lambda behind an HTTP
// API. Only the import of package lambda is Postern's.
package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"github.com/postern-dev/postern/sdk/go/lambda"
)

func handle(ctx context.Context, request events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	body, err := json.Marshal(map[string]any{
		"method": request.RequestContext.HTTP.Method,
		"path":   request.RawPath,
		"name":   request.PathParameters["name"],
		"query":  request.QueryStringParameters,
		"agent":  request.Headers["user-agent"],
		"body":   request.Body,
	})
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	return events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusOK,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Cookies:    []string{"visited=1; Path=/", "name=" + request.PathParameters["name"]},
		Body:       string(body),
	}, nil
}

func main() {
	lambda.Start(handle)
}
