// What gr.HTML gives to the body of js_on_load, as far as the scripts use it.

declare const element: HTMLElement;
declare const trigger: (event: string, data?: unknown) => void;
declare const props: { value: any };
declare const words: Record<string, string>; // what page.js is given by page.py
declare const watch: (name: string, then: () => void) => void;
