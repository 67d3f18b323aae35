package rewrite

// features is a set of proposals that a module uses beyond the first version
// of WebAssembly.
type features uint16

const (
	bulkMemory features = 1 << iota
	referenceTypes
	simd
	tailCall
	multiValue
	signExtension
	saturatingConversion
	mutableGlobals
	extendedConst
)

// proposals are the names of the features, in the order of their bits.
var proposals = [...]string{
	"bulk-memory", "reference-types", "simd", "tail-call", "multi-value", "sign-extension",
	"nontrapping-float-to-int", "mutable-globals", "extended-const",
}

func (f features) names() []string {
	var names []string
	for i, n := range proposals {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}
