package lite

// Parts is an event as a request of net/http has it.
type Parts struct {
	Method   string
	Path     string
	RawQuery string
	Remote   string // the client's address, with a port that says nothing
	Host     string // of the header field of that name, which Header has not
	Header   Header
	Body     []byte
	Params   bool // there are variables of the route's path; EachParam has them
}

// ReadParts reads all parts of an event at once, which is less work than asking
// for them one by one. Body is valid until the handler returns.
func (e Event) ReadParts(p *Parts) {
	if !e.f.readParts(p) {
		e.f.scan(e.f.raw)
		e.askParts(p)
	}
	params := e.f.params
	p.Params = params.to-params.from > int32(len("{}"))
	p.Body = nil
	if e.f.body.to != 0 {
		p.Body = e.Body()
	}
}

// askParts is ReadParts for any event.
func (e Event) askParts(p *Parts) {
	p.Path = e.Path() // reads all members: of those of one name the last one counts
	p.Method = e.Method()
	p.RawQuery = e.RawQuery()
	p.Remote = e.SourceIP() + noPort
	p.Header = e.Headers()
	p.Host = ""
	if host := p.Header["Host"]; host != nil {
		if len(host) > 0 {
			p.Host = host[0]
		}
		delete(p.Header, "Host")
	}
}

// noPort follows an address where net/http has a port too.
const noPort = ":0"

// member is what a member of an event, or of the requestContext, is to
// readParts.
type member byte

const (
	ignored member = iota
	httpMethod
	path
	headers
	headerParameters
	queryString
	queryStringParameters
	pathParameters
	body
	isBase64Encoded
	requestContext
	hostField
	foreign // events that have it are none of readParts'
)

// The fields that the gateway adds to a header, beside that of the host.
const (
	requestSource = iota
	qualifier
	endpointTimeout
	anonymousConsumer
	apiScheme
	apiRequestID
	b3TraceID
	added // how many these are
)

// known are the names that events are mostly made of.
var known = newDictionary(append(members(), fieldWords...))

func members() (words []*word) {
	for id, names := range [...][]string{
		ignored:               {"stageVariables"},
		httpMethod:            {"httpMethod"},
		path:                  {"path"},
		headers:               {"headers"},
		headerParameters:      {"headerParameters"},
		queryString:           {"queryString"},
		queryStringParameters: {"queryStringParameters"},
		pathParameters:        {"pathParameters"},
		body:                  {"body"},
		isBase64Encoded:       {"isBase64Encoded"},
		requestContext:        {"requestContext"},
		foreign:               {"resource", "rawPath", "rawQueryString", "cookies", "multiValueHeaders", "version"},
	} {
		for _, name := range names {
			words = append(words, &word{name: name, id: member(id), place: -1})
		}
	}
	return words
}

// fieldWords are those that the gateway adds, which stand first and in the order
// of their numbers, and others that are sent often.
var fieldWords = fieldNames(
	"requestsource", "x-qualifier", "endpoint-timeout", "x-anonymous-consumer", "x-api-scheme", "x-api-requestid", "x-b3-traceid",
	"host", "user-agent", "accept", "accept-encoding", "accept-language", "authorization", "cache-control", "connection",
	"content-length", "content-type", "cookie", "dnt", "if-modified-since", "if-none-match", "origin", "pragma", "priority", "range",
	"referer", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "x-forwarded-for", "x-forwarded-host",
	"x-forwarded-proto", "x-real-ip", "x-request-id", "x-requested-with",
)

func fieldNames(names ...string) (words []*word) {
	for n, name := range names {
		w := &word{name: name, header: canonical(name), place: n}
		if n >= added {
			w.place = -1
		}
		if name == "host" {
			w.id = hostField
		}
		words = append(words, w)
	}
	return words
}

// readParts is ReadParts for what a gateway writes mostly, in one pass. It
// reports false where it finds anything else. It, readContext and readHeaders
// each write out how a key is read: a call for it makes a request a tenth dearer.
func (f *fields) readParts(p *Parts) bool {
	b := f.raw
	t := newScript(b)
	if f.unread.i != 1 {
		return false // somebody read some of it before
	}
	made := program.takePrepared()
	escaped := false // the method or the path may have escapes
	i := 1
	if first := f.readLead(p, t); first > 0 {
		if i = f.readHeaders(p, t, first, made); i < 0 {
			return false
		}
		f.headers = partAt(first-1, i)
		i = f.readTrail(t, i)
	} else {
		p.Header, p.Remote = nil, noPort
	}
	for i <= t.last {
		w := t.at(i)
		if w&0xff == ',' {
			w >>= 8
			i++
		}
		if w&0xff != '"' {
			break
		}
		i++
		end := t.mark(i)
		if end > t.last {
			return false
		}
		if w = t.at(end); w&0xffff != beforeValue {
			return false
		}
		id := ignored
		if word := known.find(t, i, end-i); word != nil {
			id = word.id
		} else if end-i > longest {
			return false // it may be one of AWS
		}
		i = end + len(`":`)
		from := i
		switch w >> 16 & 0xff {
		case '"':
			if i = t.mark(i + 1); i > t.last {
				return false
			}
			if t.at(i)&0xff == '"' {
				i++
			} else {
				i = skipRest(b, i)
				escaped = escaped || id != body
			}
		case '{':
			switch {
			case id == headers:
				i = f.readHeaders(p, t, i+1, made)
			case id == requestContext:
				i = f.readContext(p, t, i+1)
			case w>>24&0xff == '}':
				i += len("{}")
			default:
				i = skipNested(b, i+1)
			}
		case '[':
			i = skipNested(b, i+1)
		default:
			i = skipWord(b, i)
		}
		if i <= from || i > len(b) {
			return false
		}
		value := partAt(from, i)
		switch id {
		case httpMethod:
			f.method = value
		case path:
			f.path = value
		case headers:
			if f.headers.to != 0 {
				return false
			}
			f.headers = value
		case headerParameters:
			f.shape = shapeTencent
		case queryString:
			f.query = value
			f.shape = shapeTencent
		case queryStringParameters:
			if f.query.to == 0 {
				f.query = value
			}
		case pathParameters:
			f.params = value
		case body:
			f.body = value
		case isBase64Encoded:
			f.encoded = b[from] == 't'
		case requestContext:
			f.context = value
		case foreign:
			return false
		}
	}
	if i != len(b)-1 || b[i] != '}' || f.method.to == 0 || f.path.to == 0 {
		return false
	}
	f.unread.i = 0 // all of it is known
	query := ""
	if f.query.to-f.query.from > int32(len("{}")) {
		query = Event{f}.RawQuery()
	}
	if !made.host {
		p.Host = ""
	}
	if p.Header == nil {
		p.Header = blank.take()
	}
	method, path := f.text(f.method), f.text(f.path)
	if escaped || method[0] != '"' || path[0] != '"' {
		p.Method, p.Path, p.RawQuery = text(method), text(path), query
		return true
	}
	verb, where := program.ownString(method[1:len(method)-1]), program.ownString(path[1:len(path)-1])
	p.Method, p.Path, p.RawQuery = verb, where, query // at once: the compiler makes code for each time that pointers are set
	return true
}
