package rewrite

// The subsections of the name section that hold functions' indices first.
const (
	namesOfModule    = 0
	namesOfFunctions = 1
	namesOfLocals    = 2
	namesOfLabels    = 3
)

// appendNames writes the name section with the functions at their new places,
// so that stack traces stay readable. Subsections that would need the insides
// of functions to be right are left out; a section that cannot be read is
// dropped, as it changes nothing of what the module does.
func (mt *meter) appendNames(b, section []byte) []byte {
	var out []byte
	r := &reader{b: section}
	for r.more() {
		id := r.byte()
		sub := &reader{b: r.bytes(r.count(1))}
		var body []byte
		switch id {
		case namesOfFunctions:
			body = mt.functionNames(sub)
		case namesOfLocals:
			body = mt.localNames(sub)
		case namesOfLabels:
			continue
		default:
			body = sub.bytes(sub.left())
		}
		if r.err != nil || sub.err != nil {
			return b
		}
		out = appendBytes(append(out, id), body)
	}
	if r.err != nil {
		return b
	}
	return appendCustom(b, "name", out)
}

// functionNames adds the names of tick and of the helpers. The list is in the
// order of the indices.
func (mt *meter) functionNames(r *reader) []byte {
	n := r.count(2)
	count := uint32(n)
	var body []byte
	add := func(fn uint32, name string) {
		body = appendName(appendU32(body, fn), name)
		count++
	}
	named := false // tick
	for range n {
		fn, name := mt.shift(r.u32()), r.bytes(r.count(1))
		if !named && fn > mt.tick {
			add(mt.tick, TickModule+"."+TickName)
			named = true
		}
		body = appendBytes(appendU32(body, fn), name)
	}
	if !named {
		add(mt.tick, TickModule+"."+TickName)
	}
	for i, h := range mt.helpers.list {
		add(mt.helpers.first+uint32(i), h.name)
	}
	return append(appendU32(nil, count), body...)
}

// localNames keeps each function's list as it is.
func (mt *meter) localNames(r *reader) []byte {
	n := r.count(2)
	body := appendU32(nil, uint32(n))
	for range n {
		body = appendU32(body, mt.shift(r.u32()))
		start := r.p
		for range r.count(2) {
			r.u32()
			r.bytes(r.count(1))
		}
		if r.err == nil {
			body = append(body, r.b[start:r.p]...)
		}
	}
	return body
}
