package restore

//go:wasmexport postern_restored
func exportRestored() { Run() }
