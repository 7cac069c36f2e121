package library

import (
	"go/types"
	"strings"
)

// A View is what a function that looks into values by reflection is shown of a script's.
type View int

const (
	AsIs      View = iota // it does not look
	Shown                 // fmt: the box prints itself
	Logged                // log/slog: the same, or what its LogValue says
	Bare                  // the value itself
	Encode                // its mirror
	EncodeXML             // the same, with the names of its types
	EncodeGob
	Decode // a pointer to it, to be filled
)

// viewOf says what a native function is shown.
func viewOf(path, name string) View {
	switch {
	case path == "fmt" && strings.Contains(name, "can"):
		return Decode
	case path == "fmt" || path == "log":
		return Shown
	case path == "log/slog":
		return Logged
	case path == "sort" || path == "encoding/binary":
		return Bare
	case strings.HasPrefix(path, "encoding/"):
		if strings.HasPrefix(name, "Unmarshal") || strings.HasPrefix(name, "Decode") {
			return Decode
		}
		switch path {
		case "encoding/xml":
			return EncodeXML
		case "encoding/gob":
			return EncodeGob
		}
		return Encode
	case (path == "text/template" || path == "html/template") && name == "IsTrue":
		return Bare
	}
	return AsIs
}

// formats are the functions of fmt, log and errors that take a format, with the place of it.
func formatArg(obj types.Object) int {
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != "fmt" && obj.Pkg().Path() != "log" {
		return -1
	}
	switch obj.Name() {
	case "Printf", "Sprintf", "Errorf", "Panicf":
		if sig, ok := obj.Type().(*types.Signature); ok && sig.Recv() != nil {
			return 1
		}
		return 0
	case "Fprintf", "Appendf":
		return 1
	}
	return -1
}
