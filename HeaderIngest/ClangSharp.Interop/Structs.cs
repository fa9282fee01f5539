using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

// Layouts are those of clang-c/CXString.h, CXSourceLocation.h and Index.h.

public partial struct CXTranslationUnitImpl;

public unsafe partial struct CXString
{
    public void* data;
    public uint private_flags;
}

public unsafe partial struct CXCursor
{
    public CXCursorKind kind;
    public int xdata;
    public _data_e__FixedBuffer data;

    public unsafe partial struct _data_e__FixedBuffer
    {
        public void* e0;
        public void* e1;
        public void* e2;
    }
}

public unsafe partial struct CXType
{
    public CXTypeKind kind;
    public _data_e__FixedBuffer data;

    public unsafe partial struct _data_e__FixedBuffer
    {
        public void* e0;
        public void* e1;
    }
}

public unsafe partial struct CXSourceLocation
{
    public _ptr_data_e__FixedBuffer ptr_data;
    public uint int_data;

    public unsafe partial struct _ptr_data_e__FixedBuffer
    {
        public void* e0;
        public void* e1;
    }
}

public unsafe partial struct CXSourceRange
{
    public _ptr_data_e__FixedBuffer ptr_data;
    public uint begin_int_data;
    public uint end_int_data;

    public unsafe partial struct _ptr_data_e__FixedBuffer
    {
        public void* e0;
        public void* e1;
    }
}

public unsafe partial struct CXSourceRangeList
{
    public uint count;
    public CXSourceRange* ranges;
}

public unsafe partial struct CXToken
{
    public fixed uint int_data[4];
    public void* ptr_data;
}

public unsafe partial struct CXUnsavedFile
{
    public sbyte* Filename;
    public sbyte* Contents;
    public nuint Length;
}

[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
public unsafe delegate CXChildVisitResult CXCursorVisitor(CXCursor cursor, CXCursor parent, void* client_data);
