// Package enry knows no programming languages: the forge shows no statistics of them.
package enry

type Type int

const (
	Programming Type = iota + 1
	Markup
)

const OtherLanguage = ""

func GetColor(string) string                       { return "#cccccc" }
func GetLanguage(string, []byte) string            { return OtherLanguage }
func GetLanguageByExtension(string) (string, bool) { return OtherLanguage, false }
func GetLanguageByFilename(string) (string, bool)  { return OtherLanguage, false }
func GetLanguageGroup(string) string               { return "" }
func GetLanguageType(string) Type                  { return 0 }
func IsConfiguration(string) bool                  { return false }
func IsDocumentation(string) bool                  { return false }
func IsDotFile(string) bool                        { return false }
func IsGenerated(string, []byte) bool              { return false }
func IsVendor(string) bool                         { return false }
