package deploy

import (
	"reflect"
	"unsafe"

	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/runtime"
)

// Target is where a route leads: all that the gateway must know to turn a
// matching request into a call and its reply into an answer. It is immutable.
type Target struct {
	// What every request needs stands together.
	Flavour   *flavour.Flavour
	Dialect   dialect.Dialect
	Function  *runtime.Function
	Policy    runtime.Policy
	LogFields string // what the access log says of it: members of a JSON object

	Route   dialect.Route
	Version string   // digest of the app's version
	Methods []string // that the route takes; nil for all
}

// Trace adds what most requests touch of the target.
func (t *Target) Trace(to *runtime.Trail) {
	to.Add(unsafe.Pointer(t), unsafe.Offsetof(t.Route))
	to.Add(unsafe.Pointer(&t.Route.Declared), unsafe.Sizeof(t.Route.Declared))
	to.Add(unsafe.Pointer(unsafe.StringData(t.LogFields)), uintptr(len(t.LogFields)))
	v := reflect.ValueOf(t.Dialect)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
		to.Add(v.Addr().UnsafePointer(), v.Type().Size())
		reach(to, v)
	}
}

// reach adds the texts and lists that a value has: what is constant for a route
// and goes into every event.
func reach(to *runtime.Trail, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for n := range v.NumField() {
			reach(to, v.Field(n))
		}
	case reflect.String:
		to.Add(unsafe.Pointer(unsafe.StringData(v.String())), uintptr(v.Len()))
	case reflect.Slice:
		to.Add(v.UnsafePointer(), uintptr(v.Len())*v.Type().Elem().Size())
		if v.Type().Elem().Kind() == reflect.Struct {
			for n := range v.Len() {
				reach(to, v.Index(n))
			}
		}
	}
}
