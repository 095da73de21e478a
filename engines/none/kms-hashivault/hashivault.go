// Package hashivault registers no key service: Tekton is given no verification policy that needs one.
package hashivault
