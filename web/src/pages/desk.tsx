import { Page } from '../parts.tsx';
export const Desk = () => <Page title="Desk">x</Page>;
