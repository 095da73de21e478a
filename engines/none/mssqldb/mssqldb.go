// Package mssqldb is no driver: the forge stores in SQLite.
package mssqldb
