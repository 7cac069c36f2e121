// Package encoding has Go's encoders and decoders see the values of a script as those of a compiled program.
//
// decoder.go says what the packages look for. mirror.go, mirrorkey.go, mirrorzero.go and mirrorxml.go make what
// encoders are shown in the place of a value, jsonencode.go and within.go encode what is in a box. decode.go is what
// decoders fill; for JSON jsondecode.go makes a target to be filled in the place of a value, jsonfill.go fills the value
// from it, jsonlend.go goes into interfaces, jsonlock.go locks maps, and jsonerror.go words what went wrong.
package encoding

// Decoder is a package that decodes.
type Decoder struct {
	IsJSON   bool
	LooksFor []string // the methods that decode a value
}

// DecoderOf is the package of that path.
func DecoderOf(path string) Decoder {
	switch path {
	case "encoding/json":
		return Decoder{IsJSON: true, LooksFor: []string{"UnmarshalJSON", "UnmarshalText"}}
	case "encoding/xml":
		return Decoder{LooksFor: []string{"UnmarshalXML", "UnmarshalText", "UnmarshalXMLAttr"}}
	case "encoding/gob":
		return Decoder{LooksFor: []string{"GobDecode", "UnmarshalBinary"}}
	case "fmt":
		return Decoder{LooksFor: []string{"Scan"}}
	}
	return Decoder{}
}
