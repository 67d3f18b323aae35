package lite

import "unsafe"

// The gateway writes nearly all of its events with the same text around their
// values. To compare it takes a fraction of the work of reading its members one
// by one, so the readers in this file try that first. What is written otherwise
// they leave to others: no answer depends on them.

// readLead reads what stands before the header. It returns the place of the
// header's first field; 0, and nothing is noted, where anything is otherwise.
func (f *fields) readLead(p *Parts, t script) (end int) {
	const (
		declared   = `{"headerParameters":{`
		variables  = `,"pathParameters":{`
		context    = `,"requestContext":{`
		service    = `"serviceId":"`
		where      = `","path":"`
		method     = `","httpMethod":"`
		request    = `","requestId":"`
		identity   = `","identity":{`
		source     = `,"sourceIp":"`
		stage      = `","stage":"`
		fieldsLead = `"},"headers":{`
	)
	b := f.raw
	if !t.hasLong(0, declared) {
		return 0
	}
	params := skipMembers(b, len(declared))
	if !t.hasLong(params, variables) {
		return 0
	}
	params += len(variables) - len(`{`)
	paramsEnd := skipMembers(b, params+len(`{`))
	if !t.hasLong(paramsEnd, context) || !t.has(paramsEnd+len(context), service) {
		return 0
	}
	inner := paramsEnd + len(context) - len(`{`)
	i := t.mark(paramsEnd + len(context+service))
	if !t.has(i, where) {
		return 0
	}
	if i = t.mark(i + len(where)); !t.has(i, method) {
		return 0
	}
	if i = t.mark(i + len(method)); !t.has(i, request) {
		return 0
	}
	if i = t.mark(i + len(request)); !t.has(i, identity) {
		return 0
	}
	if i = skipMembers(b, i+len(identity)); !t.has(i, source) {
		return 0
	}
	ip := i + len(source)
	if i = t.mark(ip); !t.has(i, stage) {
		return 0
	}
	ipEnd := i
	if i = t.mark(i + len(stage)); !t.has(i, fieldsLead) {
		return 0
	}
	f.shape = shapeTencent
	f.params = partAt(params, paramsEnd)
	f.context = partAt(inner, i+len(`"}`))
	p.Remote = program.keepJoined(b[ip:ipEnd], noPort)
	return i + len(fieldsLead)
}

// skipMembers returns the place behind the object whose first member begins at
// i. Most have none.
func skipMembers(b []byte, i int) int {
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	return skipNested(b, i)
}

// readAdded reads the fields that the gateway adds to a header, which stand
// before the client's, and that of the host. It returns the place behind them;
// i, and nothing is noted, where anything is otherwise.
func (r *prepared) readAdded(p *Parts, b []byte, t script, i int) (end int) {
	const (
		source      = `"requestsource":"APIGW",`
		version     = `"x-qualifier":"$DEFAULT",`
		patience    = `"endpoint-timeout":"`
		stranger    = `"x-anonymous-consumer":"true",`
		protocol    = `"x-api-scheme":"`
		requestName = `","x-api-requestid":"`
		traceName   = `","x-b3-traceid":"`
		host        = `","host":"`
	)
	if !t.hasLong(i, source) || !t.hasLong(i+len(source), version) {
		return i
	}
	b, t = b[i:], script{unsafe.Add(t.p, i), t.last - i}
	patient := len(source + version)
	patientEnd, next := patient, patient
	seen := uint(allSeen)
	if t.hasLong(patient, patience) {
		patient += len(patience)
		patientEnd = t.mark(patient)
		if next = patientEnd + len(`",`); patientEnd > t.last || t.at(patientEnd)&0xffff != '"'|','<<8 {
			return i
		}
	} else {
		seen &^= 1 << endpointTimeout
	}
	if t.hasLong(next, stranger) {
		next += len(stranger)
	} else {
		seen &^= 1 << anonymousConsumer
	}
	if !t.has(next, protocol) {
		return i
	}
	scheme := next + len(protocol)
	schemeEnd := t.mark(scheme)
	if !t.hasLong(schemeEnd, requestName) {
		return i
	}
	requestEnd := t.mark(schemeEnd + len(requestName))
	if !t.hasLong(requestEnd, traceName) {
		return i
	}
	traceEnd := t.mark(requestEnd + len(traceName))
	if !t.has(traceEnd, host) {
		return i
	}
	hostEnd := t.mark(traceEnd + len(host))
	if hostEnd > t.last || t.at(hostEnd)&0xff != '"' {
		return i
	}
	text := program.ownString(b[:hostEnd])
	timeout, schemeName := text[patient:patientEnd], text[scheme:schemeEnd]
	request, trace := text[schemeEnd+len(requestName):requestEnd], text[requestEnd+len(traceName):traceEnd]
	hostName := text[traceEnd+len(host):]
	r.values[endpointTimeout], r.values[apiScheme], r.values[apiRequestID], r.values[b3TraceID] = timeout, schemeName, request, trace
	p.Host = hostName
	r.seen, r.host = seen, true
	return i + hostEnd + 1
}

// readTrail reads what stands behind the header when the request has no query,
// up to the stage. It returns the place behind that, i where anything is
// otherwise.
func (f *fields) readTrail(t script, i int) (end int) {
	const (
		declared = `,"queryStringParameters":{}`
		query    = `,"queryString":{}`
		where    = `,"path":"`
		method   = `","httpMethod":"`
		stage    = `","stageVariables":{"stage":"`
	)
	if !t.hasLong(i, declared) || !t.hasLong(i+len(declared), query) || !t.has(i+len(declared+query), where) {
		return i
	}
	from := i + len(declared+query+where)
	middle := t.mark(from)
	if !t.has(middle, method) {
		return i
	}
	last := t.mark(middle + len(method))
	if !t.hasLong(last, stage) {
		return i
	}
	end = t.mark(last + len(stage))
	if end > t.last || t.at(end)&0xffff != '"'|'}'<<8 {
		return i
	}
	f.path = partAt(from-1, middle+1)
	f.method = partAt(middle+len(method)-1, last+1)
	return end + len(`"}`)
}
