package deploy

import "testing"

// What is listed can be sent as it stands.
func TestListing_hasPrefixesAsClientsSendThem(t *testing.T) {
	in := appOf(t, shopWith(`prefix = "/m%C3%BC/my%20shop%3f/"`, "", routeTo("f", "", "/a")))
	list := in.listRoutes()
	if want := "/m%C3%BC/my%20shop%3F"; len(list) != 1 || list[0].Prefix != want {
		t.Errorf("got %+v, want one route with prefix %s", list, want)
	}
}
