using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Runtime;

/// <summary>Calls a generic method for a type that is known only at run time.</summary>
internal static class GenericDispatch
{
    /// <summary>Calls the generic method behind <paramref name="method"/> (instantiated with any type) for <paramref name="type"/>.</summary>
    public static TResult Invoke<TResult>(Type type, Func<TResult> method) => (TResult)Call(method, type);

    public static TResult Invoke<TArg, TResult>(Type type, Func<TArg, TResult> method, TArg argument) => (TResult)Call(method, type, argument);

    public static TResult Invoke<TArg1, TArg2, TResult>(Type type, Func<TArg1, TArg2, TResult> method, TArg1 argument1, TArg2 argument2) =>
        (TResult)Call(method, type, argument1, argument2);

    public static TResult Invoke<TArg1, TArg2, TArg3, TResult>(Type type, Func<TArg1, TArg2, TArg3, TResult> method, TArg1 argument1, TArg2 argument2, TArg3 argument3) =>
        (TResult)Call(method, type, argument1, argument2, argument3);

    public static TResult Invoke<TArg1, TArg2, TArg3, TArg4, TResult>(Type type, Func<TArg1, TArg2, TArg3, TArg4, TResult> method, TArg1 argument1, TArg2 argument2, TArg3 argument3, TArg4 argument4) =>
        (TResult)Call(method, type, argument1, argument2, argument3, argument4);

    /// <summary>Calls a generic method of two type parameters.</summary>
    public static TResult Invoke<TArg, TResult>(Type type1, Type type2, Func<TArg, TResult> method, TArg argument) =>
        (TResult)Call(method, [type1, type2], argument);

    /// <inheritdoc cref="Invoke{TArg, TResult}(Type, Type, Func{TArg, TResult}, TArg)"/>
    public static TResult Invoke<TArg1, TArg2, TResult>(Type type1, Type type2, Func<TArg1, TArg2, TResult> method, TArg1 argument1, TArg2 argument2) =>
        (TResult)Call(method, [type1, type2], argument1, argument2);

    /// <inheritdoc cref="Invoke{TArg, TResult}(Type, Type, Func{TArg, TResult}, TArg)"/>
    public static TResult Invoke<TArg1, TArg2, TArg3, TResult>(Type type1, Type type2, Func<TArg1, TArg2, TArg3, TResult> method, TArg1 argument1, TArg2 argument2, TArg3 argument3) =>
        (TResult)Call(method, [type1, type2], argument1, argument2, argument3);

    private static object Call(Delegate method, Type type, params object[] arguments) => Call(method, [type], arguments);

    private static object Call(Delegate method, Type[] types, params object[] arguments)
    {
        try
        {
            return method.Method.GetGenericMethodDefinition().MakeGenericMethod(types).Invoke(method.Target, arguments);
        }
        catch (TargetInvocationException e) when (e.InnerException != null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }
}
