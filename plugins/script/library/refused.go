package library

// HostFuncs end the process, or change what all handlers share: why not, and what to do instead.
var HostFuncs = map[string][2]string{
	"log.Fatal":                        {"it ends the whole host", "return an error, or use log.Panic"},
	"log.Fatalf":                       {"it ends the whole host", "return an error, or use log.Panicf"},
	"log.Fatalln":                      {"it ends the whole host", "return an error, or use log.Panicln"},
	"(*log.Logger).Fatal":              {"it ends the whole host", "return an error, or use Panic"},
	"(*log.Logger).Fatalf":             {"it ends the whole host", "return an error, or use Panicf"},
	"(*log.Logger).Fatalln":            {"it ends the whole host", "return an error, or use Panicln"},
	"os.Exit":                          {"it ends the whole host", "return an error"},
	"os.Chdir":                         {"the whole host would be elsewhere", "use paths from the root"},
	"(*os.File).Chdir":                 {"the whole host would be elsewhere", "use paths from the root"},
	"net/http.Handle":                  {"all scripts would share its table", "use http.NewServeMux"},
	"net/http.HandleFunc":              {"all scripts would share its table", "use http.NewServeMux"},
	"log/slog.SetDefault":              {"the default logger is the host's", "keep your own in a variable"},
	"log/slog.SetLogLoggerLevel":       {"the default logger is the host's", "keep your own in a variable"},
	"database/sql.Register":            {"all scripts would share its table, and a reload would register twice", "use sql.OpenDB"},
	"image.RegisterFormat":             {"all scripts would share its table", "call the decoder"},
	"crypto.RegisterHash":              {"all scripts would share its table", "call the package of the hash"},
	"mime.AddExtensionType":            {"all scripts and the host would share its table", "keep your own in a map"},
	"encoding/gob.Register":            {"all scripts would share its table", "encode types, not interfaces"},
	"encoding/gob.RegisterName":        {"all scripts would share its table", "encode types, not interfaces"},
	"runtime.Goexit":                   {"it ends a goroutine of the host", "return"},
	"runtime.Caller":                   {"it tells of the host's stack", "wrap errors with what you were doing"},
	"runtime.Callers":                  {"it tells of the host's stack", "wrap errors with what you were doing"},
	"runtime.CallersFrames":            {"it tells of the host's stack", "wrap errors with what you were doing"},
	"runtime.FuncForPC":                {"it tells of the host's stack", "wrap errors with what you were doing"},
	"runtime.Stack":                    {"it tells of the host's stack", "wrap errors with what you were doing"},
	"runtime.GOMAXPROCS":               {"it is the whole host's", "use NumCPU"},
	"runtime.SetFinalizer":             {"what a script keeps is part of greater pieces of memory", "use defer"},
	"runtime.LockOSThread":             {"a script has no thread of its own", "leave it out"},
	"runtime.UnlockOSThread":           {"a script has no thread of its own", "leave it out"},
	"runtime.Breakpoint":               {"it stops the whole host", "log what you want to see"},
	"runtime.SetBlockProfileRate":      {"it is the whole host's", "measure with time"},
	"runtime.SetMutexProfileFraction":  {"it is the whole host's", "measure with time"},
	"runtime.SetCPUProfileRate":        {"it is the whole host's", "measure with time"},
	"archive/zip.RegisterCompressor":   {"all scripts would share its table", "use RegisterCompressor of the Writer"},
	"archive/zip.RegisterDecompressor": {"all scripts would share its table", "use RegisterDecompressor of the Reader"},
}

// HostVars are variables of Go's library that all handlers would share, in the same form.
var HostVars = map[string][2]string{
	"runtime.MemProfileRate":   {"it is the whole host's", "measure with time"},
	"net/http.DefaultServeMux": {"all scripts would share it", "use http.NewServeMux"},
}

// HostOnly tells what of Go's library is the host's: functions and variables with why not, and what to
// use instead.
func HostOnly() (funcs, vars map[string][2]string) { return HostFuncs, HostVars }
