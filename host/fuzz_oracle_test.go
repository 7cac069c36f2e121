package host

import (
	"crypto/sha1"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// judgement is what the oracle says of an opening handshake, read by RFC 6455, sections 4.1 and 4.2.1,
// and RFC 9112, apart from the code under test.
type judgement struct {
	verdict  verdict
	why      string
	method   string // GET, if there is none
	key      string
	protocol string // the first of those requested
	offers   string // of extensions
	exact    bool   // no liberties were taken in reading it
}

type verdict int

const (
	either verdict = iota // net/http's to decide: HTTP that some servers read, and some refuse
	in101
	no101
)

const tchar = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"

var (
	isRequestLine = regexp.MustCompile(`^(` + tchar + `) ([!-~]+) (HTTP/\d\.\d)$`)
	isFieldLine   = regexp.MustCompile(`^(` + tchar + `):[ \t]*(.*)$`)
	isPlainPath   = regexp.MustCompile(`^/[A-Za-z0-9/._~-]*(\?[A-Za-z0-9/._~=&-]*)?$`)
	isPlainHost   = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?$`)
	isPlainValue  = regexp.MustCompile(`^[\t -~]*$`)
	isNonce       = regexp.MustCompile(`^[A-Za-z0-9+/]{22}==$`)
	isTokens      = regexp.MustCompile(`^[ \t,]*` + tchar + `([ \t]*,[ \t,]*(` + tchar + `)?)*[ \t]*$`)
	isExtensions  = regexp.MustCompile(`^[ \t,]*` + offer + `([ \t]*,[ \t,]*(` + offer + `)?)*[ \t]*$`)
)

const offer = tchar + `([ \t]*;[ \t]*` + tchar + `([ \t]*=[ \t]*(` + tchar + `|"` + tchar + `"))?)*`

func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// judge reads the first request in b.
func judge(b []byte) judgement {
	j := judgement{exact: len(b) < 32<<10}
	text := string(b)
	j.method, _, _ = strings.Cut(text, " ")
	before, _, whole := strings.Cut(text, "\r\n\r\n")
	if !whole || strings.Contains(before, "\n\n") || strings.Contains(before, "\n\r\n") {
		j.exact = false // its end may be one of bare LFs
		if !strings.Contains(text, "\n\n") && !strings.Contains(text, "\n\r\n") {
			j.verdict, j.why = no101, "the head has no end"
		}
		return j
	}
	lines := strings.Split(before, "\r\n")
	fields := j.readLines(lines)
	if j.verdict == no101 || !j.exact {
		return j
	}
	j.weigh(fields)
	if j.verdict == either && j.exact {
		j.verdict, j.why = in101, "nothing is wrong with it"
	}
	return j
}

// no says that the handshake must be refused.
func (j *judgement) no(wrong bool, why string) {
	if wrong && j.verdict == either {
		j.verdict, j.why = no101, why
	}
}

// unsure says that it may be let in or not.
func (j *judgement) unsure(odd bool) { j.exact = j.exact && !odd }

// readLines takes the head apart. Fields' names are in lower case.
func (j *judgement) readLines(lines []string) map[string][]string {
	request := isRequestLine.FindStringSubmatch(lines[0])
	if request == nil {
		j.exact = false
		return nil
	}
	fields := map[string][]string{}
	for _, line := range lines[1:] {
		field := isFieldLine.FindStringSubmatch(line)
		if field == nil || strings.ContainsAny(line, "\r\n") || !isPlainValue.MatchString(field[2]) {
			j.exact = false
			return nil
		}
		name := strings.ToLower(field[1])
		fields[name] = append(fields[name], strings.TrimRight(field[2], " \t"))
	}
	j.no(request[1] != "GET", "it is no GET")
	j.no(request[3] == "HTTP/1.0", "it is HTTP/1.0")
	j.unsure(request[3] != "HTTP/1.1" || !isPlainPath.MatchString(request[2]))
	j.no(strings.HasPrefix(request[2], "/") && strings.Contains(request[2], "#"), "the target has a fragment")
	path, _, _ := strings.Cut(request[2], "?")
	j.no(strings.HasPrefix(path, "/") && path != "/echo", "there is no such handler")
	return fields
}

// weigh looks at the fields of a request line that is all right.
func (j *judgement) weigh(fields map[string][]string) {
	one := func(name string) string {
		j.no(len(fields[name]) != 1, "not one "+name)
		return strings.Join(fields[name], ",")
	}
	has := func(name, token string) bool {
		return slices.ContainsFunc(strings.Split(strings.Join(fields[name], ","), ","),
			func(s string) bool { return strings.EqualFold(strings.Trim(s, " \t"), token) })
	}
	host := one("host")
	j.no(host == "", "the host is empty")
	j.unsure(!isPlainHost.MatchString(host))
	j.no(!has("upgrade", "websocket"), "no Upgrade: websocket")
	j.no(!has("connection", "upgrade"), "no Connection: Upgrade")
	j.key = one("sec-websocket-key")
	j.no(!isNonce.MatchString(j.key), "the key is not 16 bytes")
	j.no(one("sec-websocket-version") != "13", "the version is not 13")
	j.no(len(fields["origin"]) > 1, "two origins")
	for _, length := range fields["content-length"] {
		j.no(length != "0", "it has a body, or a length that is none")
	}
	j.unsure(len(fields["content-length"]) > 1 || fields["expect"] != nil || fields["trailer"] != nil)
	j.no(fields["transfer-encoding"] != nil, "it has a body")
	if protocols := fields["sec-websocket-protocol"]; protocols != nil {
		list := strings.Join(protocols, ",")
		j.no(!isTokens.MatchString(list), "the subprotocols are no list of tokens")
		first, _, _ := strings.Cut(strings.TrimLeft(list, " \t,"), ",")
		j.protocol = strings.TrimRight(first, " \t")
	}
	j.offers = strings.Join(fields["sec-websocket-extensions"], ",")
	empty := strings.Trim(j.offers, " \t") == ""
	j.unsure(!empty && strings.Trim(j.offers, " \t,") == "" || strings.Contains(j.offers, `"`) && !isExtensions.MatchString(j.offers))
	if !empty && !strings.Contains(j.offers, `"`) && strings.Trim(j.offers, " \t,") != "" {
		j.no(!isExtensions.MatchString(j.offers), "the extensions are malformed")
	}
}
