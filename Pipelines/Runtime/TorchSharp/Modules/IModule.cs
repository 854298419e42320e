namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose forward pass takes one argument.</summary>
        public interface IModule<T, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T input1);
        }

        /// <summary>A module whose forward pass takes two arguments.</summary>
        public interface IModule<T1, T2, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>A module whose forward pass takes three arguments.</summary>
        public interface IModule<T1, T2, T3, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        /// <summary>A module whose forward pass takes four arguments.</summary>
        public interface IModule<T1, T2, T3, T4, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        /// <summary>A module whose forward pass takes five arguments.</summary>
        public interface IModule<T1, T2, T3, T4, T5, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);
        }

        /// <summary>A module whose forward pass takes six arguments.</summary>
        public interface IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            /// <summary>The forward pass, with the hooks.</summary>
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);
        }
    }
}
